import type { Explanation } from './diagnostic.ts';

/** All long explanations by code, from the catalogues of the phases. A code that two of them claim is our mistake. */
export function catalogue(phases: readonly (readonly Explanation[])[]): ReadonlyMap<string, Explanation> {
  const explanations = new Map<string, Explanation>();
  for (const explanation of phases.flat()) {
    if (explanations.has(explanation.code)) throw new Error(`${explanation.code} is explained twice`);
    explanations.set(explanation.code, explanation);
  }
  return new Map([...explanations].sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What `bit explain` prints: Markdown, with the program that causes the message and the corrected one. */
export function explanationText(explanation: Explanation): string {
  const parts = [`# ${explanation.code}: ${explanation.title}`, explanation.text.trim()];
  if (explanation.wrong !== undefined) parts.push(`## What causes it\n\n${fenced(explanation.wrong)}`);
  if (explanation.right !== undefined) parts.push(`## What to write instead\n\n${fenced(explanation.right)}`);
  return parts.join('\n\n');
}

function fenced(program: string): string {
  return `\`\`\`\`bit\n${program.trim()}\n\`\`\`\``;
}
