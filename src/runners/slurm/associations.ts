import { ownUser } from '../../util/own-user.ts';
import { ask } from './slurm-programs.ts';

/** What this user may have jobs counted on. */
export interface Associations {
  readonly accounts: readonly string[];
  readonly qos: readonly string[];
}

/** Undefined where accounting does not say. */
export async function askAssociations(): Promise<Associations | undefined> {
  const answer = await ask(
    'sacctmgr',
    ['--noheader', '--parsable2', 'show', 'associations', `user=${ownUser().name}`, 'format=Account,QOS'],
    { seconds: 20 },
  );
  return answer.kind === 'answered' ? parseAssociations(answer.text) : undefined;
}

/** `lab|normal,fast`, a line per account. */
export function parseAssociations(text: string): Associations | undefined {
  const lines = text.split('\n').filter((line) => line.includes('|'));
  if (lines.length === 0) return undefined;
  const fields = lines.map((line) => line.trim().split('|'));
  return {
    accounts: [...new Set(fields.map(([account = '']) => account))],
    qos: [...new Set(fields.flatMap(([, qos = '']) => qos.split(',').filter((name) => name !== '')))],
  };
}
