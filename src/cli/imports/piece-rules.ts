import { annotateErrors } from '../../data/annotate/annotate-errors.ts';
import type { Otherwise } from '../../data/annotate/rule-found.ts';
import type { SeparatorRule } from '../../data/annotate/separator-rule.ts';
import type { WordRule } from '../../data/annotate/word-rule.ts';
import type { Diagnostic } from '../../diagnostics/diagnostic.ts';
import type { Span } from '../../diagnostics/span.ts';
import { shellWord } from '../shell-word.ts';

export interface PieceWord {
  readonly flag: 'separator' | 'position' | 'words' | 'tag';
  readonly text: string;
  readonly at: Span;
}

export interface PieceOptions {
  readonly of: 'name' | 'path';
  readonly letters: WordRule['letters'];
  readonly unmatched: Otherwise;
}

interface PieceRule {
  readonly rule: SeparatorRule | WordRule;
  readonly at: Span;
  readonly typed: string;
}

/**
 * `--separator _ --position 2 --tag condition --position 3 --tag replicate --words ctl,drug --tag drug`: one rule for each `--tag`, which goes with the `--position` or
 * `--words` that stands beside it, before or behind. Separators hold for the positions behind them; those side by side hold together.
 */
export function pieceRules(
  words: readonly PieceWord[],
  options: PieceOptions,
): { readonly rules: readonly PieceRule[]; readonly diagnostics: readonly Diagnostic[] } {
  const rules: PieceRule[] = [];
  const diagnostics: Diagnostic[] = [];
  let separators: readonly string[] = ['_'];
  let before: PieceWord | undefined;
  let waiting: PieceWord | undefined;
  const refuse = (at: Span, problem: string, help: string): void => {
    diagnostics.push(annotateErrors.badRule(at, { kind: 'bad-rule', problem, help }));
  };
  const complete = (source: PieceWord, tag: PieceWord): void => {
    const made = pieceRule(source, { ...options, tag: tag.text, separators });
    if ('problem' in made) refuse(source.at, made.problem, made.help);
    else rules.push({ rule: made, at: source.at, typed: textOf(source, tag, separators) });
  };
  const abandon = (): void => {
    if (waiting?.flag === 'tag')
      refuse(
        waiting.at,
        `What \`${waiting.text}\` gets is not said`,
        'Write `--separator _ --position 2 --tag condition`, or `--words control,treated --tag condition`.',
      );
    else if (waiting !== undefined)
      refuse(
        waiting.at,
        `Which tag \`--${waiting.flag} ${waiting.text}\` gives is not said`,
        'Write `--tag condition` behind it.',
      );
    waiting = undefined;
  };
  for (const word of words) {
    if (word.flag === 'separator') {
      separators = before?.flag === 'separator' ? [...separators, word.text] : [word.text];
    } else if (waiting === undefined || (waiting.flag === 'tag') === (word.flag === 'tag')) {
      abandon();
      waiting = word;
    } else {
      complete(...(word.flag === 'tag' ? ([waiting, word] as const) : ([word, waiting] as const)));
      waiting = undefined;
    }
    before = word;
  }
  abandon();
  const [first] = words;
  if (first !== undefined && diagnostics.length === 0 && rules.length === 0)
    refuse(first.at, 'Which piece is meant is not said', 'Write `--separator _ --position 2 --tag condition`.');
  return { rules, diagnostics };
}

function pieceRule(
  source: PieceWord,
  given: PieceOptions & { readonly tag: string; readonly separators: readonly string[] },
): SeparatorRule | WordRule | { readonly problem: string; readonly help: string } {
  const { tag, of, unmatched } = given;
  if (source.flag === 'words') {
    const words = source.text
      .split(',')
      .map((word) => word.trim())
      .filter((word) => word !== '');
    return { kind: 'words', words, tag, letters: given.letters, of, unmatched };
  }
  if (!/^-?\d+$/u.test(source.text))
    return {
      problem: `\`${source.text}\` is no position`,
      help: 'The first piece is at position 1, the last one at -1.',
    };
  return { kind: 'separator', separators: given.separators, position: Number(source.text), tag, of, unmatched };
}

const textOf = (source: PieceWord, tag: PieceWord, separators: readonly string[]): string =>
  [
    ...(source.flag === 'position' ? separators.map((text) => `--separator ${shellWord(text)}`) : []),
    `--${source.flag} ${shellWord(source.text)}`,
    `--tag ${shellWord(tag.text)}`,
  ].join(' ');
