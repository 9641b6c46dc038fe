#!/usr/bin/env node
// Any Node there ever was can read this file, so that one which is too old gets as far as saying so.
var version = process.versions.node;
if (Number(version.split('.')[0]) < 22) {
  process.stderr.write('bit needs Node.js 22 or newer; this is v');
  process.stderr.write(version);
  process.stderr.write(': install a newer one from nodejs.org, or put one that is here first on PATH\n');
  process.exit(3);
} else {
  require('./start.js');
}
