import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from '../../../cli/bit.ts';

test('opening other places loads none of their libraries', () => {
  const script = `
    import { registerHooks } from 'node:module';
    const loaded = [];
    registerHooks({ resolve(name, context, next) { const found = next(name, context); loaded.push(found.url); return found; } });
    const { openRemotes } = await import(${JSON.stringify(join(root, 'src/data/remote/index.ts'))});
    const { openCredentials } = await import(${JSON.stringify(join(root, 'src/data/credentials/index.ts'))});
    const environment = { BIT_KEYRING: 'off', HOME: '/nonexistent' };
    const remotes = openRemotes({ environment, credentials: openCredentials({ environment }), settings: {} });
    await remotes.close();
    console.log(JSON.stringify(loaded.filter((url) => url.includes('node_modules')).map((url) => url.split('node_modules/').at(-1))));
  `;
  const said = execFileSync(
    process.execPath,
    ['--input-type=module', '--disable-warning=ExperimentalWarning', '-e', script],
    { encoding: 'utf8' },
  );
  const loaded: unknown = JSON.parse(said);
  expect(Array.isArray(loaded) && loaded.filter((path) => /aws|smithy|ssh2|keyring/u.test(String(path)))).toEqual([]);
});
