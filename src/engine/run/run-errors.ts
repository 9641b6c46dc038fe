import type { Diagnostic, Explanation } from '../../diagnostics/diagnostic.ts';
import { error } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';

/** What is found between a checked program and its first task, and while it runs; the words of BIT5801 to 5899 and BIT6401 to 6499. */
export const runErrors = {
  /** BIT5801. A file that a process brings along cannot be read. */
  missingFile: (at: Span, path: string, why: string): Diagnostic =>
    error('BIT5801', at, {
      message: `\`${path}\`, which this process brings along, cannot be read: ${why}`,
      help: 'Paths in `files […]` are relative to the file that declares the process.',
    }),
};

export const explanations: readonly Explanation[] = [
  {
    code: 'BIT5801',
    title: 'A file of `files […]` cannot be read',
    text: 'What a process lists under `files […]` is staged into every task and is part of its key, so it must be there before the first task starts. Paths are relative to the `.bit` file that declares the process.',
    wrong:
      'process p {\n  output { t: Text = "t.txt" }\n  files ["scripts/missing.py"]\n  script bash """\n    python3 scripts/missing.py > "$t"\n  """\n}\n',
    right:
      'process p {\n  output { t: Text = "t.txt" }\n  files ["scripts/present.py"]\n  script bash """\n    python3 scripts/present.py > "$t"\n  """\n}\n',
  },
  {
    code: 'BIT6401',
    title: 'A result could not be published',
    text: 'Published files are put in place by rename and never over a file that no run published. The message says what stood in the way; the result itself is in the store, so the same command goes on from here without repeating a task.',
  },
];
