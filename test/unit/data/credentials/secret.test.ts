import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { Secret, withoutSecrets } from '../../../../src/data/credentials/secret.ts';
import { random } from '../../../support/random.ts';

const next = random(4711);
const characters = [...'abcXYZ019 /+=%&?#"\'\\:@é細😀~-_.\n\t'];
const secretOf = (length: number): string =>
  `${Array.from({ length }, () => characters[Math.floor(next() * characters.length)]).join('')}q7Zx`;

test('a secret shows itself to nobody who does not ask for it by name', () => {
  const secret = new Secret('open sesame');
  expect(
    `${secret} ${String(secret)} ${JSON.stringify({ secret })} ${inspect({ a: [secret] }, { depth: 9 })} ${`${secret}`}`,
  ).not.toContain('sesame');
  expect(Object.values(secret)).toEqual([]);
  expect(JSON.stringify(structuredClone({ ...secret }))).not.toContain('sesame');
  expect(secret.reveal()).toBe('open sesame');
});

describe('a text of others is shown without any secret', () => {
  test('in whatever form it holds one', () => {
    for (let at = 0; at < 300; at += 1) {
      const text = secretOf(4 + (at % 30));
      const secret = new Secret(text);
      const forms = [
        text,
        encodeURIComponent(text),
        new URLSearchParams({ t: text }).toString(),
        JSON.stringify(text),
        Buffer.from(text).toString('base64'),
        Buffer.from(text).toString('base64url'),
        Buffer.from(text).toString('hex'),
      ];
      for (const form of forms) {
        const shown = withoutSecrets(`the server said ${form}, and went away`);
        expect(shown).not.toContain(form);
        expect(shown).not.toContain(secret.reveal());
        expect(shown).toContain('the server said');
        expect(shown).toContain(', and went away');
      }
    }
  });

  test.each([
    ['https://ann:hunter22@host/a', 'https://ann:…@host/a'],
    ['Authorization: Bearer abcdefghijkl', 'Authorization: …'],
    ['GET /a?X-Amz-Signature=0123abcd&x=1', 'GET /a?X-Amz-Signature=…&x=1'],
    ['cookie: sessionid=abc; other', 'cookie: …'],
    ['<SecretAccessKey>abc/def</SecretAccessKey>', '<SecretAccessKey>…</SecretAccessKey>'],
  ])('also one that nobody knew of: %s', (text, shown) => expect(withoutSecrets(text)).toBe(shown));

  test('a short one only where it stands by itself', () => {
    new Secret('ab');
    expect(withoutSecrets('the password ab is about as good as none: "ab"')).toBe(
      'the password … is about as good as none: "…"',
    );
  });

  test('and otherwise as it is', () => {
    const text = 'There is no room for s3://raw-data/cells/A1.tif: minio.lab.org answers 507';
    expect(withoutSecrets(text)).toBe(text);
  });
});
