import { insideQuotes } from '../names/pattern.ts';
import { argumentsOf } from './call-arguments.ts';
import { datasetErrors } from './dataset-errors.ts';
import { dataset, errorFlow, type Flow, plainView } from './flow.ts';
import type { SourceSpec } from './program.ts';
import {
  addSource,
  type Call,
  formatOfPath,
  knownText,
  missing,
  options,
  type Place,
  readPattern,
} from './source-parts.ts';
import { columnsOf, storedItems } from './stored-sources.ts';

/** `url("https://…", sha256: "…")`: exactly one file of the web. */
export function urlSource(ast: Call, place: Place): Flow {
  const { checker } = place;
  const args = argumentsOf(ast, {
    function: 'url',
    positional: ['address'],
    named: ['sha256'],
    report: checker.report,
  });
  const written = args.get('address');
  if (written === undefined)
    return missing(ast, { args, what: 'an address', usage: 'url("https://example.org/psf.tif")', place });
  const address = knownText(written, { what: 'The address of `url`', place });
  const sha256 = args.text('sha256');
  const at = args.get('sha256')?.span ?? ast.span;
  if (sha256 !== undefined && !/^[0-9a-f]{64}$/i.test(sha256)) {
    checker.report(datasetErrors.optionValue(at, { option: 'sha256', wanted: '64 hexadecimal digits' }));
    return errorFlow;
  }
  if (address === undefined) return errorFlow;
  const text = written.kind === 'string' ? written.raw : '';
  if (written.kind === 'string' && written.parts.every((part) => part.kind === 'text') && !/^https?:\/\//i.test(text)) {
    checker.report(
      datasetErrors.storedShape(written.span, {
        problem: 'This is no address of the web',
        help: 'It begins with `https://` or `http://`. Objects are read with `s3("bucket/…")`, files of a server with `ssh("user@host:/…")`.',
      }),
    );
    return errorFlow;
  }
  const spec: SourceSpec = {
    kind: 'url',
    address,
    ...(sha256 !== undefined && { sha256: sha256.toLowerCase() }),
  };
  const path = text.replace(/[?#].*$/su, '');
  const of = place.wish.of ?? { kind: 'file' as const, format: formatOfPath(path) };
  return dataset(addSource(ast, { spec, of, tags: [], plain: true, place }), plainView);
}

/** `s3("bucket/prefix/{cell}.tif")`, `ssh("user@host:/data/{cell}.tif")`: one item per file there that matches. */
export function remoteSource(name: 's3' | 'ssh', ast: Call, place: Place): Flow {
  const { checker } = place;
  const usage = name === 's3' ? 's3("bucket/prefix/{cell}.tif")' : 'ssh("user@host:/data/{cell}.tif")';
  const args = argumentsOf(ast, {
    function: name,
    positional: ['pattern'],
    named: ['min', 'max'],
    report: checker.report,
  });
  const text = args.get('pattern');
  if (text === undefined) return missing(ast, { args, what: 'a pattern', usage, place });
  if (text.kind === 'error') return errorFlow;
  if (text.kind !== 'string') {
    checker.report(
      datasetErrors.notLiteral(text.span, {
        what: `The pattern of \`${name}\``,
        help: 'Write it in quotes; a param is inserted with `{params.folder}`.',
      }),
    );
    return errorFlow;
  }
  const pattern = readPattern(text, place);
  if (pattern === undefined) return errorFlow;
  const [first] = pattern.parts;
  const begins = first?.kind === 'insert' || (first?.kind === 'text' && isPlace(name, first.text));
  if (!begins) {
    checker.report(
      datasetErrors.storedShape(insideQuotes(text), {
        problem: name === 's3' ? 'No bucket is named' : 'No server is named',
        help: `It stands first and is a plain text: \`${usage}\`.`,
      }),
    );
    return errorFlow;
  }
  const spec: SourceSpec = {
    kind: 'remote',
    scheme: name === 's3' ? 's3' : 'sftp',
    pattern,
    count: options(args, place).count,
    fill: [],
  };
  const of = place.wish.of ?? { kind: 'file' as const, format: formatOfPath(text.raw) };
  return dataset(addSource(ast, { spec, of, tags: pattern.captures, plain: false, place }), plainView);
}

const isPlace = (name: 's3' | 'ssh', text: string): boolean =>
  name === 's3' ? /^[a-z0-9][a-z0-9.-]+$/u.test(text) : /^[^:/\s]+:/u.test(text);

/** `omero("Dataset:51", { cell: Str })`: the images of an image server, with what it knows of them as tags. */
export function omeroSource(ast: Call, place: Place): Flow {
  const args = argumentsOf(ast, {
    function: 'omero',
    positional: ['address', 'tags'],
    named: ['fields', 'min', 'max'],
    report: place.checker.report,
  });
  const written = args.get('address');
  const schema = args.get('tags');
  if (written === undefined || schema === undefined) {
    const what = written === undefined ? 'an address' : 'the tags of its images';
    return missing(ast, { args, what, usage: 'omero("Dataset:51", { name: Str })', place });
  }
  const address = knownText(written, { what: 'The address of `omero`', place });
  const columns = columnsOf(schema, { function: 'omero', args, place });
  if (address === undefined || columns === undefined) return errorFlow;
  const spec: SourceSpec = { kind: 'omero', address, columns, count: options(args, place).count, fill: [] };
  return storedItems(ast, { spec, columns, place });
}
