import { plain, renderAll } from '../../src/diagnostics/render.ts';
import { parse } from '../../src/parser/syntax/parse.ts';
import { format } from '../../src/parser/syntax/print.ts';
import { golden } from '../support/golden.ts';
import { treeText } from '../support/tree.ts';

golden('syntax', ({ main }) => {
  const { file, diagnostics } = parse(main);
  return { ast: treeText(file), diagnostics: rendered(diagnostics) };
});

golden('fmt', ({ main }) => {
  const { text, diagnostics } = format(main);
  return { formatted: text, diagnostics: rendered(diagnostics) };
});

function rendered(diagnostics: Parameters<typeof renderAll>[0]): string | undefined {
  return diagnostics.length === 0 ? undefined : `${renderAll(diagnostics, { colors: plain })}\n`;
}
