import { expect, test } from 'vitest';
import type { Diagnostic } from '../../../src/diagnostics/diagnostic.ts';
import { diagnosticsGithub } from '../../../src/diagnostics/github.ts';
import { diagnosticsJson } from '../../../src/diagnostics/json.ts';
import { endOf, startOf } from '../../../src/diagnostics/place.ts';
import { diagnosticsSarif } from '../../../src/diagnostics/sarif.ts';
import { parse } from '../../../src/parser/syntax/parse.ts';

const source = {
  name: 'my cells/a.bit',
  text: 'params {\r\n  // 🔬 µ\r\n  a: Str = "🔬" "b"\n  t: Duration = 3 mins\n}\n',
};
const { diagnostics } = parse(source);
const unit = diagnostics.filter((diagnostic) => diagnostic.code === 'BIT1008');

test('lines and columns count from 1 in characters, offsets in UTF-8 bytes', () => {
  const start = source.text.indexOf('"b"');
  const span = { source, start, end: start + 3 };
  expect(startOf(span)).toEqual({ line: 3, column: 16, offset: Buffer.byteLength(source.text.slice(0, start)) });
  expect(endOf(span)).toEqual({ line: 3, column: 19, offset: Buffer.byteLength(source.text.slice(0, start + 3)) });
});

test('a message as JSON has the fields that are promised', () => {
  const { format, diagnostics: documents } = diagnosticsJson(unit);
  expect(format).toBe('bit/diagnostics/1');
  const start = { line: 4, column: 19, offset: Buffer.byteLength(source.text.slice(0, source.text.indexOf('mins'))) };
  const end = { line: 4, column: 23, offset: start.offset + 4 };
  expect(documents).toEqual([
    {
      code: 'BIT1008',
      severity: 'error',
      message: 'There is no unit called `mins`',
      file: 'my cells/a.bit',
      start,
      end,
      help: expect.stringContaining('`min`'),
      related: [],
      fixes: expect.any(Array),
    },
  ]);
  expect(documents[0]?.fixes[0]?.edits[0]).toEqual({ file: 'my cells/a.bit', start, end, text: 'min' });
});

test('SARIF names the rule, the place in characters, and the fix', () => {
  const explanations = new Map([['BIT1008', { code: 'BIT1008', title: 'A unit does not exist', text: 'Long.' }]]);
  expect(diagnosticsSarif(unit, { version: '1.2.3', explanations })).toMatchObject({
    version: '2.1.0',
    runs: [
      {
        tool: {
          driver: {
            name: 'bitflow',
            version: '1.2.3',
            rules: [{ id: 'BIT1008', shortDescription: { text: 'A unit does not exist' } }],
          },
        },
        columnKind: 'unicodeCodePoints',
        results: [
          {
            ruleId: 'BIT1008',
            ruleIndex: 0,
            level: 'error',
            locations: [
              {
                physicalLocation: {
                  artifactLocation: { uri: 'my%20cells/a.bit' },
                  region: { startLine: 4, startColumn: 19, endLine: 4, endColumn: 23 },
                },
              },
            ],
          },
        ],
      },
    ],
  });
});

test('workflow commands keep their separators out of the text', () => {
  const diagnostic: Diagnostic = {
    code: 'BIT9999',
    severity: 'warning',
    message: '100 %\nsure',
    at: { source: { name: 'a,b:c.bit', text: 'x' }, start: 0, end: 1 },
    help: 'h',
  };
  expect(diagnosticsGithub([diagnostic])).toBe(
    '::warning file=a%2Cb%3Ac.bit,line=1,endLine=1,col=1,endColumn=2,title=BIT9999::100 %25%0Asure%0Ah',
  );
});
