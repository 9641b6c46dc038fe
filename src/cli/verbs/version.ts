import { packageVersion } from '../../util/package-root.ts';
import { formats } from '../formats.ts';
import { defineVerb } from '../verb.ts';
import { versionLine } from '../version-line.ts';

export const verb = defineVerb({
  name: 'version',
  summary: 'which bit this is',
  operands: [],
  flags: {},
  examples: [['bit version', 'bit, Node and platform in one line']],
  async run({ terminal, global }) {
    const about = {
      version: packageVersion(),
      node: process.versions.node,
      platform: process.platform,
      arch: process.arch,
    };
    if (global.json) terminal.json({ format: formats.version, ...about });
    else terminal.out.line(versionLine());
    return 0;
  },
});
