import type { Language } from './process.ts';

/** What runs a language: program names to look for, best first, and how to ask for the version. */
export interface InterpreterKind {
  readonly language: Language;
  readonly programs: readonly string[];
  readonly questions: readonly (readonly string[])[];
}

export const interpreters: Readonly<Record<Language, InterpreterKind>> = {
  bash: { language: 'bash', programs: ['bash'], questions: [['--version']] },
  python: { language: 'python', programs: ['python3', 'python'], questions: [['--version']] },
  r: { language: 'r', programs: ['Rscript'], questions: [['--version']] },
  julia: { language: 'julia', programs: ['julia'], questions: [['--version']] },
  node: { language: 'node', programs: ['node', 'nodejs'], questions: [['--version']] },
  perl: { language: 'perl', programs: ['perl'], questions: [['-e', 'printf "perl %vd\\n", $^V']] },
  groovy: { language: 'groovy', programs: ['groovy'], questions: [['--version']] },
  imagej: {
    language: 'imagej',
    programs: ['ImageJ', 'imagej', 'fiji', 'ImageJ-linux64', 'fiji-linux-x64'],
    questions: [],
  },
};

/** How any program is asked for its version: most know the first, ffmpeg and Java the second. */
export const versionQuestions: readonly (readonly string[])[] = [['--version'], ['-version']];
