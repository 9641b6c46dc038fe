import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../util/package-root.ts';

/**
 * The folder with `launcher.bash`, `isolate.bash` and `languages/`: beside this module in a checkout, copied to `dist/wrapper` where the
 * code is bundled.
 */
export function wrapperFolder(): string {
  const here = fileURLToPath(new URL('.', import.meta.url)).replace(/\/$/, '');
  const folders = [here, `${packageRoot()}/dist/wrapper`, `${packageRoot()}/src/runners/wrapper`];
  const found = folders.find((folder) => existsSync(`${folder}/launcher.bash`));
  if (found === undefined) throw new Error(`the wrapper's files are missing: looked in ${folders.join(', ')}`);
  return found;
}
