const { existsSync, readdirSync, realpathSync, statSync } = require('node:fs');
const nodeModule = require('node:module');
const { join } = require('node:path');
const { pathToFileURL } = require('node:url');

const root = join(realpathSync(__dirname), '..');
const built = join(root, 'dist', 'bit.js');
enableCompileCache();
import(pathToFileURL(isCurrent() ? built : join(root, 'src', 'cli', 'main.ts')).href).then((command) =>
  command.main(process.argv.slice(2)),
);

/** Compiled code is kept between starts, which halves them. Without a place for it bit works all the same. */
function enableCompileCache() {
  const { XDG_CACHE_HOME, HOME } = process.env;
  const cache = XDG_CACHE_HOME || (HOME ? join(HOME, '.cache') : undefined);
  if (cache !== undefined) nodeModule.enableCompileCache(join(cache, 'bitflow', 'compiled'));
}

/** An installed package is its build. In a checkout the build counts only while no source file is newer, so that nobody debugs yesterday's code. */
function isCurrent() {
  if (!existsSync(join(root, '.git'))) return true;
  const time = statSync(built, { throwIfNoEntry: false })?.mtimeMs;
  return time !== undefined && !hasNewer(join(root, 'src'), time);
}

function hasNewer(folder, time) {
  return readdirSync(folder, { withFileTypes: true }).some((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? hasNewer(path, time) : statSync(path).mtimeMs > time;
  });
}
