import { inScriptUnit, type Node } from '../../parser/index.ts';
import { isFile, isQuantity, type Value } from '../ports/value.ts';
import { distinctTags } from './distinct-tags.ts';
import type { Entry } from './entry.ts';
import { evaluator, isLoss, needsOf, plainInputs } from './evaluator.ts';
import { sayLosses } from './group-rules.ts';
import { follow } from './item-rules.ts';
import { lossAmong } from './open-index.ts';
import { partitions, presentMembers, release } from './partitions.ts';
import { planErrors } from './plan-errors.ts';
import type { Cell, ComputationResult, TableColumn } from './step.ts';
import type { Kit, WiredRule } from './surroundings.ts';
import { type TagSlots, tagsText } from './tag-key.ts';
import { valueText } from './value-text.ts';

type NodeOf<K extends Node['kind']> = Node & { readonly kind: K };

/** `table(ds)`: its cells are made here, its file by the engine. */
export function tableRule(node: NodeOf<'table'>, { site, around }: Kit): WiredRule {
  const from = around.node(node.from);
  const whole = partitions([]);
  const plain = plainInputs(needsOf(node.columns.map((column) => column.value)).nodes, 1);
  const own = evaluator(from.tags, around);
  // A column of quantities holds the numbers that scripts would see.
  const columns: readonly TableColumn[] = node.columns.map((column) => ({
    name: column.name,
    kind: holdsQuantity(column.value.type) ? 'Float' : column.kind,
  }));
  let target: Entry | undefined;
  let isReady = false;
  let isAsked = false;

  function ask(entry: Entry): void {
    const partition = whole.ensure([]);
    const losses = whole.losses(partition);
    const loss = lossAmong(losses);
    if (loss?.state === 'failed') {
      site.lose(entry, loss);
      return;
    }
    sayLosses(node, around, { losses, group: undefined });
    const rows: Cell[][] = [];
    for (const member of presentMembers(partition)) {
      const row = own.attempt(member.tags, () =>
        node.columns.map((column) =>
          cellOf(own.value(column.value, member.tags, member.value ?? null), column.value.type),
        ),
      );
      if (isLoss(row)) {
        site.lose(entry, row);
        return;
      }
      rows.push(row);
    }
    release(partition);
    around.compute(
      (result) => answer(entry, result),
      (id) => ({ kind: 'table', id, node: node.id, columns, rows }),
    );
  }

  function answer(entry: Entry, result: ComputationResult): void {
    if (result.how === 'table') {
      site.present(entry, result.file);
      return;
    }
    const problem = result.how === 'failed' ? result.message : 'no file was made';
    around.problem(planErrors.table(node.span, { dataset: node.name, item: from.name, problem }));
    site.lose(entry, { state: 'failed', because: problem });
  }

  return {
    reads: [node.from, ...plain.nodes],
    start() {
      target = site.add({ tags: [], isCertain: true, from: whole.ensure([]).sources });
      site.wake();
    },
    changed(slot, entry, change) {
      if (!plain.changed(slot, entry)) whole.changed(entry, change);
      site.wake();
    },
    settle() {
      if (whole.take().settled.length > 0) isReady = true;
      const state = plain.state();
      if (!isReady || isAsked || target === undefined || state === undefined) return false;
      isAsked = true;
      if (isLoss(state)) site.lose(target, state);
      else ask(target);
      return false;
    },
  };
}

function cellOf(value: Value, type: NodeOf<'table'>['of']): Cell {
  if (value === null || typeof value !== 'object') return value;
  return isQuantity(value) ? inScriptUnit(value) : valueText(value, type);
}

function holdsQuantity(type: NodeOf<'table'>['of']): boolean {
  return type.kind === 'quantity' || (type.kind === 'optional' && holdsQuantity(type.of));
}

/** `rows(ds, …)`: one item per row of each table, which the engine reads when it is made. */
export function rowsRule(node: NodeOf<'rows'>, { site, around }: Kit): WiredRule {
  const from = around.node(node.from);
  const places = node.tags.map((tag) => from.tags.findIndex((one) => one.name === tag.name));
  const columnOf = node.tags.map((tag) =>
    node.by.includes(tag.name) ? node.columns.findIndex((one) => one.name === tag.name) : -1,
  );
  const distinct = distinctTags(node, around, 'Name in `by` all the columns that tell the rows of one table apart.');
  const mine: (Entry | undefined)[] = [];

  function ask(entry: Entry, target: Entry): void {
    const file = entry.value ?? null;
    if (file === null || !isFile(file)) {
      site.gone(target);
      return;
    }
    const request = { kind: 'rows' as const, node: node.id, file, columns: node.columns, span: node.span };
    around.compute(
      (result) => answer(entry, target, result),
      (id) => ({ ...request, id }),
    );
  }

  function answer(entry: Entry, target: Entry, result: ComputationResult): void {
    if (result.how !== 'rows') {
      const problem = result.how === 'failed' ? result.message : 'no rows were read';
      around.problem(
        planErrors.table(node.span, { dataset: from.name, item: tagsText(entry.tags, from.tags), problem }),
      );
      site.lose(target, { state: 'failed', because: problem });
      return;
    }
    for (const row of result.rows) {
      const tags: TagSlots = node.tags.map((_, i) => {
        const value = (columnOf[i] ?? -1) >= 0 ? row[columnOf[i] ?? -1] : entry.tags[places[i] ?? -1];
        if (value === undefined || value === null) throw new Error(`a row of \`${from.name}\` came without its tag`);
        return typeof value === 'number' ? value + 0 : value;
      });
      if (!distinct.isNew(tags)) continue;
      const fields: Record<string, Value> = {};
      for (const [i, column] of node.columns.entries())
        if (!node.by.includes(column.name)) fields[column.name] = row[i] ?? null;
      site.present(site.add({ tags, isCertain: true, rank: entry.rank, from: entry }), { kind: 'record', fields });
    }
    site.gone(target);
  }

  return {
    reads: [node.from],
    start() {},
    changed(_, entry, change) {
      if (change === 'added') {
        const tags = places.map((place) => entry.tags[place]);
        mine[entry.index] = site.open({ tags, isCertain: false, rank: entry.rank, from: entry });
        return;
      }
      const target = mine[entry.index];
      if (target === undefined || target.state !== 'waiting' || change === 'certain') return;
      follow(site, entry, { target, change, present: () => ask(entry, target) });
    },
    settle: () => false,
  };
}
