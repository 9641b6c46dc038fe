import { inspect } from 'node:util';

/**
 * A password, key or token. Printed, logged or written as JSON it is `…`; only `reveal` gives it away, and only what sends it calls that.
 * Whatever was a secret once in this process is taken out of every text by `withoutSecrets`.
 */
export class Secret {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
    remember(text);
  }
  reveal(): string {
    return this.#text;
  }
  toString(): string {
    return hidden;
  }
  toJSON(): string {
    return hidden;
  }
  [Symbol.toPrimitive](): string {
    return hidden;
  }
  [inspect.custom](): string {
    return hidden;
  }
}

/** A text of somebody else (a server, a library), safe to show: without any secret of this process, as it is or encoded, and without what looks like one. */
export function withoutSecrets(text: string): string {
  let clean = text;
  for (const form of known) {
    if (!clean.includes(form)) continue;
    clean = form.length < 4 ? clean.replace(alone(form), hidden) : clean.split(form).join(hidden);
  }
  for (const pattern of looksSecret) clean = clean.replace(pattern, `$1${hidden}`);
  return clean;
}

/** For what is derived from a secret and sent instead of it: a header, the id of a session. */
export function remember(text: string): void {
  if (text === '') return;
  // The longest first: a secret may hold another one.
  const forms = [...known, ...formsOf(text)].sort((a, b) => b.length - a.length);
  known.clear();
  for (const form of forms) known.add(form);
}

const hidden = '…';

const known = new Set<string>();

function formsOf(text: string): string[] {
  const bytes = Buffer.from(text);
  const forms = [
    text,
    encodeURIComponent(text.toWellFormed()),
    new URLSearchParams({ t: text }).toString().slice(2),
    JSON.stringify(text).slice(1, -1),
    bytes.toString('base64'),
    bytes.toString('base64').replace(/=+$/u, ''),
    bytes.toString('base64url'),
    bytes.toString('hex'),
  ];
  // Encodings of one or two characters would match anywhere.
  return forms.filter((form, at) => at === 0 || form.length >= 4);
}

/** One of three letters stands in half of all words; it is taken out where it stands by itself. */
const alone = (form: string): RegExp =>
  new RegExp(`(?<![\\p{L}\\p{N}])${form.replace(/[\\^$.*+?()[\]{}|/]/gu, '\\$&')}(?![\\p{L}\\p{N}])`, 'gu');

const looksSecret: readonly RegExp[] = [
  /(:\/\/[^\s/:@]*:)[^\s/@]+(?=@)/gu,
  /(\b(?:authorization|proxy-authorization|cookie|set-cookie|x-csrftoken)["']?\s*[:=]\s*["']?)[^\s"'][^\n"']*/giu,
  /(\b(?:bearer|basic)\s+)[A-Za-z0-9+/=._~-]{8,}/giu,
  /([?&](?:x-amz-(?:signature|credential|security-token)|x-goog-(?:signature|credential)|sig|signature|access_token|api_?key|token|password|secret|key)=)[^\s&#"'<>]+/giu,
  /(\b(?:AWSSecretKey|SecretAccessKey|aws_secret_access_key|aws_session_token)\b["']?\s*[:=>]\s*["']?)[^\s"'<]+/giu,
];
