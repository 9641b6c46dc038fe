import type { Expr, SourceSpec } from '../../parser/index.ts';

/** The expressions that say what a source reads: made of params and constants, so known before anything runs. */
export function sourceExprs(spec: Exclude<SourceSpec, { readonly kind: 'values' }>): readonly Expr[] {
  switch (spec.kind) {
    case 'files':
    case 'remote':
      return spec.pattern.parts.flatMap((part) => (part.kind === 'insert' ? [part.value] : []));
    case 'file':
    case 'sheet':
      return [spec.path];
    case 'url':
    case 'omero':
      return [spec.address];
    case 'catalog':
      return [
        spec.experiment,
        ...(spec.dataset ? [spec.dataset] : []),
        ...(spec.query?.plain.map(({ value }) => value) ?? []),
      ];
    case 'results':
      return [
        spec.pipeline,
        spec.result,
        ...(spec.run ? [spec.run] : []),
        ...(spec.query?.plain.map(({ value }) => value) ?? []),
      ];
  }
}
