import type * as Ast from '../syntax/ast.ts';
import { withoutOptional } from '../types/fits.ts';
import { argumentsOf } from './call-arguments.ts';
import type { Checker, DatasetFlow, Env } from './flow.ts';
import type { PublishPlace } from './program.ts';
import { knownText } from './source-parts.ts';
import { workflowErrors } from './workflow-errors.ts';

type Text = Ast.Expr & { kind: 'string' };

export interface PublishTarget {
  readonly path: Text;
  /** Absent: the output directory. */
  readonly place?: PublishPlace;
}

/** What stands after `to`: a path, `s3("bucket/{cell}.tif")`, `ssh("user@host:/{cell}.tif")`, `omero("Dataset:51")`. Reports by itself. */
export function publishTarget(
  to: Ast.Expr,
  from: DatasetFlow,
  place: { readonly checker: Checker; readonly env: Env },
): PublishTarget | undefined {
  const { checker } = place;
  if (to.kind === 'string') return { path: to };
  const name = to.kind === 'call' && to.callee.kind === 'name' ? to.callee.name : undefined;
  if (to.kind !== 'call' || (name !== 's3' && name !== 'ssh' && name !== 'omero')) {
    checker.report(
      workflowErrors.publishPath(to.span, {
        problem: 'After `to` stands a path in quotes, `s3("…")`, `ssh("…")` or `omero("…")`',
      }),
    );
    return undefined;
  }
  return name === 'omero' ? imageServer(to, from, place) : otherPlace(name, to, place);
}

function otherPlace(
  name: 's3' | 'ssh',
  to: Ast.Expr & { kind: 'call' },
  { checker }: { readonly checker: Checker },
): PublishTarget | undefined {
  const args = argumentsOf(to, { function: name, positional: ['path'], named: [], report: checker.report });
  const path = args.get('path');
  const example = name === 's3' ? 's3("bucket/masks/{cell}.tif")' : 'ssh("user@host:/data/{cell}.tif")';
  const begins = name === 's3' ? /^[a-z0-9][a-z0-9.-]+\/./u : /^[^:/\s{}]+:(?:\d+:)?\/./u;
  if (path?.kind === 'string' && (begins.test(path.raw) || path.raw.startsWith('{')))
    return { path, place: { kind: name === 's3' ? 's3' : 'sftp' } };
  if (!args.failed && path?.kind !== 'error') {
    const what = name === 's3' ? 'a bucket and a path in it' : 'a server and an absolute path there';
    checker.report(
      workflowErrors.publishPath(path?.span ?? to.span, {
        problem: `\`${name}\` takes ${what} in quotes, for example \`${example}\``,
      }),
    );
  }
  return undefined;
}

/** An attachment is called by all tags of its item, unless `name:` says how. */
function imageServer(
  to: Ast.Expr & { kind: 'call' },
  from: DatasetFlow,
  place: { readonly checker: Checker; readonly env: Env },
): PublishTarget | undefined {
  const { checker } = place;
  const args = argumentsOf(to, { function: 'omero', positional: ['address'], named: ['name'], report: checker.report });
  const written = args.get('address');
  const named = args.get('name');
  if (written === undefined || (named !== undefined && named.kind !== 'string')) {
    if (!args.failed && named?.kind !== 'error') {
      const problem =
        written === undefined
          ? '`omero` takes an address, for example `omero("Dataset:51")`'
          : 'The name of an attachment is a text in quotes, `"{cell}.{ext}"`';
      checker.report(workflowErrors.publishPath(named?.span ?? to.span, { problem }));
    }
    return undefined;
  }
  const address = knownText(written, { what: 'The address of `omero`', place: { ...place, wish: {} } });
  if (address === undefined) return undefined;
  const path = named ?? nameOfTags(to, from, checker);
  if (path.raw.includes('/')) {
    checker.report(workflowErrors.publishPath(path.span, { problem: 'An attachment has a name, not a path' }));
    return undefined;
  }
  return { path, place: { kind: 'omero', address } };
}

function nameOfTags(to: Ast.Expr, from: DatasetFlow, checker: Checker): Text {
  const { span } = to;
  const node = checker.nodes.at(from.node);
  const hole = (name: string): Text['parts'][number] => ({ kind: 'hole', value: { kind: 'name', name, span }, span });
  const text = (value: string): Text['parts'][number] => ({ kind: 'text', value });
  const tags = node.tags.map((tag) => tag.name);
  const names = withoutOptional(node.of).kind === 'list' ? [...tags, 'index'] : tags;
  const parts = names.flatMap((name, at) => (at === 0 ? [hole(name)] : [text('_'), hole(name)]));
  const first = parts.length === 0 ? [text(node.name.replace(/^params\./u, ''))] : parts;
  return { kind: 'string', isRaw: false, raw: '', parts: [...first, text('.'), hole('ext')], span };
}
