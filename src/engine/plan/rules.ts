import type { Node } from '../../parser/index.ts';
import { unreachable } from '../../util/unreachable.ts';
import { callRule } from './call-rule.ts';
import { groupRule, wholeRule } from './group-rules.ts';
import { exprRule, filterRule, mapRule, sortRule } from './item-rules.ts';
import { crossRule, joinRule } from './join-rule.ts';
import { chooseRule, failedRule, outputRule, unionRule } from './output-rules.ts';
import { pickRule } from './pick-rule.ts';
import { pivotRule } from './pivot-rule.ts';
import { sourceRule, valuesRule } from './source-rule.ts';
import type { CallRule, Kit, SourceRule, WiredRule } from './surroundings.ts';
import { rowsRule, tableRule } from './table-rules.ts';
import { windowRule } from './window-rule.ts';

/** The rule by which a node's items follow from those of the nodes it reads. */
export function ruleOf(node: Node, kit: Kit): WiredRule | SourceRule | CallRule {
  switch (node.kind) {
    case 'source':
      return node.source.kind === 'values' ? valuesRule(node, kit) : sourceRule(node, kit);
    case 'expr':
      return exprRule(node, kit);
    case 'call':
      return callRule(node, kit);
    case 'output':
      return outputRule(node, kit);
    case 'failed':
      return failedRule(node, kit);
    case 'map':
      return mapRule(node, kit);
    case 'filter':
      return filterRule(node, kit);
    case 'sort':
      return sortRule(node, kit);
    case 'union':
      return unionRule(node, kit);
    case 'choose':
      return chooseRule(node, kit);
    case 'group':
      return groupRule(node, kit);
    case 'collect':
    case 'count':
      return wholeRule(node, kit);
    case 'pick':
      return pickRule(node, kit);
    case 'window':
      return windowRule(node, kit);
    case 'pivot':
      return pivotRule(node, kit);
    case 'join':
      return joinRule(node, kit);
    case 'cross':
      return crossRule(node, kit);
    case 'table':
      return tableRule(node, kit);
    case 'rows':
      return rowsRule(node, kit);
    default:
      return unreachable(node);
  }
}
