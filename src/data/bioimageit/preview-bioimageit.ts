import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { TagKey } from '../../engine/ports/catalog.ts';
import type { Tags } from '../../engine/ports/value.ts';
import { checkedPlan, type PlanRequest } from './checked-plan.ts';

export type BioImageITPreview =
  | { readonly ok: false; readonly problems: readonly Diagnostic[] }
  | {
      readonly ok: true;
      readonly experiment: string;
      /** Whether the catalog has it, from an earlier import. */
      readonly isKnown: boolean;
      readonly keys: readonly TagKey[];
      readonly datasets: readonly {
        readonly name: string;
        readonly kind: 'raw' | 'processed';
        /** Those whose data are there. */
        readonly items: number;
        readonly runs: number;
        /** The first few, with the tags that they would have. */
        readonly first: readonly { readonly name: string; readonly tags: Tags }[];
      }[];
      readonly warnings: readonly Diagnostic[];
    };

/** What would come, for `--dry-run`. */
export async function previewBioImageIT(
  request: PlanRequest,
  { shown }: { readonly shown: number },
): Promise<BioImageITPreview> {
  const checked = await checkedPlan(request);
  if (!checked.ok) return checked;
  const { plan, known, warnings } = checked;
  return {
    ok: true,
    experiment: plan.record.name,
    isKnown: known !== undefined,
    keys: plan.record.keys,
    datasets: plan.datasets.map(({ name, kind, items, dataset }) => {
      const there = items.filter(({ item }) => item.isThere);
      return {
        name,
        kind,
        items: there.length,
        runs: dataset.runs.length,
        first: there.slice(0, shown).map((item) => ({ name: item.name, tags: item.tags })),
      };
    }),
    warnings,
  };
}
