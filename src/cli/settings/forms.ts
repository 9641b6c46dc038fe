import { isAbsolute, resolve } from 'node:path';
import type { Dimension } from '../../parser/types/quantity.ts';
import { quantity } from '../../parser/types/quantity.ts';

/** What a setting may be. */
export type SettingForm =
  | { readonly kind: 'path' }
  | { readonly kind: 'count'; readonly min: number }
  /** Read as milliseconds or bytes. `some`: nothing at all is no answer. */
  | { readonly kind: 'amount'; readonly dimension: Dimension; readonly some: boolean }
  | { readonly kind: 'choice'; readonly choices: readonly string[] }
  /** Any text, taken as it is. */
  | { readonly kind: 'text'; readonly example: string }
  /** A list, or one text that is taken apart at spaces as a shell would. */
  | { readonly kind: 'texts'; readonly example: string };

/** What a form is read as. */
export type FormValue<Form extends SettingForm> = Form extends {
  readonly kind: 'choice';
  readonly choices: readonly (infer Choice)[];
}
  ? Choice
  : Form extends { readonly kind: 'count' | 'amount' }
    ? number
    : Form extends { readonly kind: 'texts' }
      ? readonly string[]
      : string;

/** What was said, before anybody knows what it is for: a file tells lists from texts, flags and variables are texts. */
export type Given =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'list'; readonly text: string; readonly items: readonly string[] }
  /** A table, or a list of what is no text. No setting is one; `text` shows it in the message that refuses it. */
  | { readonly kind: 'other'; readonly text: string };

export type ReadSetting =
  | { readonly ok: true; readonly value: string | number | readonly string[] }
  | { readonly ok: false; readonly expected: string; readonly example: string };

/** Paths come out absolute, seen from `folder`: that of the settings file, or the working directory. */
export function readForm(form: SettingForm, given: Given, options: { readonly folder: string }): ReadSetting {
  const { text } = given;
  switch (form.kind) {
    case 'path':
      return text === '' || given.kind !== 'text'
        ? { ok: false, expected: 'the path of a folder', example: 'results' }
        : { ok: true, value: isAbsolute(text) ? text : resolve(options.folder, text) };
    case 'count':
      return /^\d+$/.test(text) && Number(text) >= form.min && Number(text) <= largestCount
        ? { ok: true, value: Number(text) }
        : { ok: false, expected: `a whole number from ${form.min} to ${largestCount}`, example: '4' };
    case 'amount': {
      const read = readAmount(text, form.dimension);
      return read.ok && read.value === 0 && form.some
        ? {
            ok: false,
            expected: `${amountWords[form.dimension].expected}, and more than nothing`,
            example: amountWords[form.dimension].example,
          }
        : read;
    }
    case 'choice':
      return form.choices.includes(text)
        ? { ok: true, value: text }
        : { ok: false, expected: `one of ${form.choices.join(', ')}`, example: form.choices[0] ?? '' };
    case 'text':
      return given.kind === 'text' && text.trim() !== ''
        ? { ok: true, value: text }
        : { ok: false, expected: 'a text', example: form.example };
    case 'texts': {
      const items = given.kind === 'list' ? given.items : given.kind === 'text' ? shellWords(text) : undefined;
      return items === undefined
        ? { ok: false, expected: 'a list of texts', example: form.example }
        : { ok: true, value: items };
    }
  }
}

/** More than anybody has of anything that is counted here. */
const largestCount = 100_000;

/** `8 GB`, `8GB`, `1.5 h`, in bytes or milliseconds. */
export function readAmount(text: string, dimension: Dimension): ReadSetting {
  const [, number, unit] = /^\s*([\d_]+(?:\.\d+)?)\s*([A-Za-zµμ]+)\s*$/u.exec(text) ?? [];
  const read = number === undefined || unit === undefined ? undefined : quantity(number.replaceAll('_', ''), unit);
  return read?.dimension === dimension
    ? { ok: true, value: read.magnitude.toNumber() }
    : { ok: false, expected: amountWords[dimension].expected, example: amountWords[dimension].example };
}

const amountWords: Readonly<Record<Dimension, { readonly expected: string; readonly example: string }>> = {
  size: { expected: 'a size with its unit', example: '8 GB' },
  duration: { expected: 'a duration with its unit', example: '30 min' },
  length: { expected: 'a length with its unit', example: '0.1 um' },
  angle: { expected: 'an angle with its unit', example: '30 deg' },
};

/** `--comment 'two words'` is two words. A quote that is never closed holds to the end; undefined would help nobody here. */
function shellWords(text: string): string[] {
  const found = text.matchAll(/(?:[^\s"']|"[^"]*(?:"|$)|'[^']*(?:'|$))+/gu);
  return [...found].map(([word]) =>
    word.replace(/"([^"]*)(?:"|$)|'([^']*)(?:'|$)/gu, (_, double = '', single = '') => `${double}${single}`),
  );
}
