import { existsSync, rmSync } from 'node:fs';

/** What of an attempt's directory may hold values of secrets goes once the attempt is over, whoever finds out that it is. */
export function forgetSecrets(directory: string): void {
  if (!existsSync(`${directory}/secret`)) return;
  for (const name of ['launch', 'inside']) rmSync(`${directory}/${name}`, { force: true });
}
