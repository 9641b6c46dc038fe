import type { Publish } from '../../parser/index.ts';
import { codePointOrder } from './natural-order.ts';
import { planErrors } from './plan-errors.ts';
import type { Surroundings } from './surroundings.ts';

interface Claim {
  readonly publish: Publish;
  /** `` `sharp` (cell=A, time=3) `` */
  readonly item: string;
}

/** All paths of a run: no two are one file on any file system, and none is a folder that another lies in. */
export interface PublishedPaths {
  /** `false` after a report: the path is taken. */
  take(path: string, claim: Claim): boolean;
}

export function publishedPaths(around: Pick<Surroundings, 'problem'>): PublishedPaths {
  const files = new Map<string, Claim>();
  const folders = new Map<string, Claim>();

  function collide(path: string, claim: Claim, other: Claim): false {
    const [first, second] = [claim, other].sort((a, b) => codePointOrder(a.item, b.item));
    around.problem(
      planErrors.publishCollision(claim.publish.path.span, {
        path,
        first: first?.item ?? '',
        second: second?.item ?? '',
        other: other.publish === claim.publish ? undefined : other.publish.path.span,
      }),
    );
    return false;
  }

  return {
    take(path, claim) {
      const folded = fold(path);
      const taken = files.get(folded) ?? folders.get(folded);
      if (taken !== undefined) return collide(path, claim, taken);
      for (let slash = folded.lastIndexOf('/'); slash > 0; slash = folded.lastIndexOf('/', slash - 1)) {
        const folder = folded.slice(0, slash);
        const file = files.get(folder);
        if (file !== undefined) return collide(path.slice(0, slash), claim, file);
        if (folders.has(folder)) break;
        folders.set(folder, claim);
      }
      files.set(folded, claim);
      return true;
    },
  };
}

/** File systems that ignore case or the form of accents must not make one file of two. */
const fold = (path: string): string =>
  /^[\x20-\x7e]*$/.test(path)
    ? path.toLowerCase()
    : path.normalize('NFC').toLowerCase().toUpperCase().toLowerCase().normalize('NFC');
