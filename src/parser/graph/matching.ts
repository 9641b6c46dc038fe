import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import type * as Ast from '../syntax/ast.ts';
import type { TagType } from '../types/type.ts';
import { argumentErrors } from './argument-errors.ts';
import { datasetErrors } from './dataset-errors.ts';
import type { CallArg, NodeId } from './program.ts';

export interface MatchArg {
  readonly input: string;
  readonly node: NodeId;
  readonly isEach: boolean;
  readonly tags: readonly TagType[];
  readonly span: Span;
}

export interface Matched {
  readonly tags: readonly TagType[];
  readonly spine?: NodeId;
  readonly how: (arg: { readonly node: NodeId; readonly isEach: boolean }) => CallArg['how'];
}

interface Place {
  readonly name: string;
  readonly span: Span;
  readonly matching?: readonly Ast.Name[];
  readonly report: (diagnostic: Diagnostic) => void;
}

/**
 * How the arguments of a call meet: untagged ones go to every task, tagged ones find partners by the tags they share with the
 * one whose tags contain all others', `each` multiplies. `undefined` after a report.
 */
export function matchTags(args: readonly MatchArg[], place: Place): Matched | undefined {
  const tagged = args.filter((arg) => !arg.isEach && arg.tags.length > 0);
  const each = args.filter((arg) => arg.isEach);
  if (!sameKinds(tagged, place)) return undefined;
  const [first, ...others] = tagged;
  const spine = tagged.find((arg) => tagged.every((other) => contains(arg.tags, other.tags))) ?? undefined;
  if (first !== undefined && spine === undefined) {
    const pair = unmatched(first, others) ?? [first, others[0] ?? first];
    place.report(
      argumentErrors.noCommonTags(pair[1].span, { name: place.name, first: { ...pair[0] }, second: { ...pair[1] } }),
    );
    return undefined;
  }
  if (spine !== undefined && tagged.length > 1 && !checkShared(spine, { tagged, place })) return undefined;
  if (place.matching !== undefined && !checkMatching(place.matching, { tagged, place })) return undefined;
  const tags = [...(spine?.tags ?? [])];
  for (const arg of each) {
    for (const tag of arg.tags) {
      if (tags.some((one) => one.name === tag.name)) {
        place.report(argumentErrors.eachTagTaken(arg.span, { tag: tag.name }));
        return undefined;
      }
      tags.push(tag);
    }
  }
  return {
    tags,
    ...(spine === undefined ? {} : { spine: spine.node }),
    how: (arg) => (arg.isEach ? 'each' : tagged.some((one) => one.node === arg.node) ? 'match' : 'one'),
  };
}

const contains = (tags: readonly TagType[], others: readonly TagType[]): boolean =>
  others.every((tag) => tags.some((one) => one.name === tag.name));

/** Two arguments neither of which has all tags of the other. */
function unmatched(first: MatchArg, others: readonly MatchArg[]): readonly [MatchArg, MatchArg] | undefined {
  const all = [first, ...others];
  for (const [index, one] of all.entries()) {
    for (const other of all.slice(index + 1)) {
      if (!contains(one.tags, other.tags) && !contains(other.tags, one.tags)) return [one, other];
    }
  }
  return undefined;
}

function sameKinds(args: readonly MatchArg[], place: Place): boolean {
  const seen = new Map<string, { readonly kind: string; readonly arg: MatchArg }>();
  for (const arg of args) {
    for (const tag of arg.tags) {
      const earlier = seen.get(tag.name);
      if (earlier === undefined) seen.set(tag.name, { kind: tag.kind, arg });
      else if (earlier.kind !== tag.kind) {
        place.report(
          datasetErrors.tagKinds(arg.span, {
            tag: tag.name,
            first: earlier.kind,
            second: tag.kind,
            other: earlier.arg.span,
            where: `\`${earlier.arg.input}\``,
          }),
        );
        return false;
      }
    }
  }
  return true;
}

/** Float tags are not matched unless the call says so; the digest of an unordered source never is. */
function checkShared(spine: MatchArg, given: { readonly tagged: readonly MatchArg[]; readonly place: Place }): boolean {
  const { place } = given;
  for (const arg of given.tagged) {
    if (arg === spine || arg.node === spine.node) continue;
    for (const tag of arg.tags) {
      if (tag.name === 'digest' && tag.kind === 'Str') {
        place.report(argumentErrors.digestMatched(arg.span, { first: spine.input, second: arg.input }));
        return false;
      }
      if (tag.kind === 'Float' && !(place.matching ?? []).some((name) => name.text === tag.name)) {
        place.report(
          argumentErrors.floatMatched(arg.span, {
            tag: tag.name,
            name: place.name,
            tags: arg.tags.map((one) => one.name),
          }),
        );
        return false;
      }
    }
  }
  return true;
}

/** `matching (plate)` says which tags are shared: all of them, and no others. */
function checkMatching(
  names: readonly Ast.Name[],
  given: { readonly tagged: readonly MatchArg[]; readonly place: Place },
): boolean {
  const { tagged, place } = given;
  const shared = new Set<string>();
  for (const [index, arg] of tagged.entries()) {
    for (const other of tagged.slice(index + 1)) {
      for (const tag of arg.tags) if (other.tags.some((one) => one.name === tag.name)) shared.add(tag.name);
    }
  }
  const wrong = names.find((name) => !shared.has(name.text));
  if (wrong !== undefined) {
    place.report(argumentErrors.matchingUnknown(wrong.span, { tag: wrong.text, shared: [...shared] }));
    return false;
  }
  const unsaid = [...shared].filter((tag) => !names.some((name) => name.text === tag));
  if (unsaid.length === 0) return true;
  place.report(
    argumentErrors.matchingMore(names[0]?.span ?? place.span, { unsaid, said: names.map((name) => name.text) }),
  );
  return false;
}
