import type { Language } from './process.ts';

/** What runs a language: program names to look for, best first, and how to ask for the version. */
export interface InterpreterKind {
  readonly language: Language;
  /** `a script in R`, `a macro for ImageJ`. */
  readonly called: string;
  readonly programs: readonly string[];
  readonly questions: readonly (readonly string[])[];
}

export const interpreters: Readonly<Record<Language, InterpreterKind>> = {
  bash: { language: 'bash', called: 'a bash script', programs: ['bash'], questions: [['--version']] },
  python: {
    language: 'python',
    called: 'a script in Python',
    programs: ['python3', 'python'],
    questions: [['--version']],
  },
  r: { language: 'r', called: 'a script in R', programs: ['Rscript'], questions: [['--version']] },
  julia: { language: 'julia', called: 'a script in Julia', programs: ['julia'], questions: [['--version']] },
  node: { language: 'node', called: 'a script for Node', programs: ['node', 'nodejs'], questions: [['--version']] },
  perl: {
    language: 'perl',
    called: 'a script in Perl',
    programs: ['perl'],
    questions: [['-e', 'printf "perl %vd\\n", $^V']],
  },
  groovy: { language: 'groovy', called: 'a script in Groovy', programs: ['groovy'], questions: [['--version']] },
  imagej: {
    language: 'imagej',
    called: 'a macro for ImageJ',
    programs: ['ImageJ', 'imagej', 'fiji', 'ImageJ-linux64', 'fiji-linux-x64'],
    questions: [],
  },
};

/** How any program is asked for its version: most know the first, ffmpeg and Java the second. */
export const versionQuestions: readonly (readonly string[])[] = [['--version'], ['-version']];
