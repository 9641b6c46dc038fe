import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import { bioimageitErrors } from './bioimageit-errors.ts';
import { field, isList, isRecord, type Json, type JsonList, type JsonRecord } from './json-text.ts';
import { type MetadataFile, spanIn } from './metadata-file.ts';

type Path = readonly (string | number)[];

/**
 * Fields of a file, with what is wrong about them put into `problems`. Each has the name that newer versions write first, then older ones. `null` is a field that
 * is not there. What is needed and missing is an error; what is of another kind than expected and can be done without, a warning.
 */
export interface Fields {
  text(...paths: readonly Path[]): string | undefined;
  neededText(...paths: readonly Path[]): string | undefined;
  list(...paths: readonly Path[]): JsonList;
  neededList(...paths: readonly Path[]): JsonList;
  record(...paths: readonly Path[]): JsonRecord;
  /** The path under which one of them stands. */
  found(...paths: readonly Path[]): Path | undefined;
  at(path: Path): Json | undefined;
  odd(path: Path, expected: string): void;
}

export function fieldsOf(file: MetadataFile, problems: Diagnostic[]): Fields {
  const at = (path: Path): Json | undefined =>
    path.reduce<Json | undefined>(
      (value, step) => (typeof step === 'string' ? field(value, step) : isList(value) ? value[step] : undefined),
      file.document,
    );
  const found = (...paths: readonly Path[]): Path | undefined =>
    paths.find((path) => at(path) !== undefined && at(path) !== null);
  const odd = (path: Path, expected: string): void => {
    problems.push(
      bioimageitErrors.oddField(spanIn(file, path), { place: file.place, field: path.join('.'), expected }),
    );
  };
  const missing = (paths: readonly Path[], expected: string): void => {
    const path = found(...paths) ?? paths[0] ?? [];
    problems.push(
      bioimageitErrors.missingField(spanIn(file, path), { place: file.place, field: path.join('.'), expected }),
    );
  };
  const one = <T extends Json>(paths: readonly Path[], is: (value: Json) => value is T): T | undefined => {
    const path = found(...paths);
    const value = path && at(path);
    return value !== undefined && is(value) ? value : undefined;
  };
  const lenient = <T extends Json>(
    paths: readonly Path[],
    is: (value: Json) => value is T,
    expected: string,
  ): T | undefined => {
    const value = one(paths, is);
    const path = found(...paths);
    if (value === undefined && path !== undefined) odd(path, expected);
    return value;
  };
  return {
    at,
    found,
    odd,
    text: (...paths) => emptyAsAbsent(lenient(paths, isText, 'a text')),
    neededText: (...paths) => {
      const value = emptyAsAbsent(one(paths, isText));
      if (value === undefined) missing(paths, 'a text');
      return value;
    },
    list: (...paths) => lenient(paths, isList, 'a list') ?? [],
    neededList: (...paths) => {
      const value = one(paths, isList);
      if (value === undefined) missing(paths, 'a list');
      return value ?? [];
    },
    record: (...paths) => lenient(paths, isRecord, 'a record') ?? {},
  };
}

const isText = (value: Json): value is string => typeof value === 'string';
const emptyAsAbsent = (text: string | undefined): string | undefined => (text === '' ? undefined : text);
