// Bundles the command into dist/: one file per verb and what they share, so that starting up reads little. `npm ci` runs it.
import { chmodSync, cpSync, mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const dist = join(root, 'dist');
// Whoever starts bit meanwhile finds the old build or the new one, never half of one.
const draft = join(root, `dist.${process.pid}`);

linkCommand();
await build({
  absWorkingDir: root,
  entryPoints: { bit: 'src/cli/main.ts' },
  outdir: draft,
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node22',
  chunkNames: 'parts/[name]-[hash]',
  sourcemap: 'linked',
  sourcesContent: false,
  legalComments: 'none',
  logLevel: 'warning',
  // Native modules find their binaries beside themselves; dockerode and ssh2 bring some along. The client of object stores is large, and whole where it lies.
  external: ['sqlite3', '@napi-rs/blake-hash', '@napi-rs/keyring', 'dockerode', 'ssh2', '@aws-sdk/*'],
  // Bundled CommonJS still asks for Node's own modules.
  banner: {
    js: "import { createRequire as bitRequire } from 'node:module'; const require = bitRequire(import.meta.url);",
  },
});
// The wrapper that runs inside a task is files of other languages, found beside the code.
cpSync(join(root, 'src', 'runners', 'wrapper'), join(draft, 'wrapper'), {
  recursive: true,
  filter: (path) => !path.endsWith('.ts') && !path.includes('__pycache__'),
});
rmSync(dist, { recursive: true, force: true });
renameSync(draft, dist);

/** `npx bit` inside the checkout itself: npm links the commands of dependencies, never the package's own. */
function linkCommand() {
  const bin = join(root, 'node_modules', '.bin');
  const target = join(root, 'bin', 'bit.js');
  chmodSync(target, 0o755);
  mkdirSync(bin, { recursive: true });
  rmSync(join(bin, 'bit'), { force: true });
  symlinkSync(relative(bin, target), join(bin, 'bit'));
}
