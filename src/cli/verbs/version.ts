import { packageVersion } from '../../util/package-root.ts';
import { formats } from '../formats.ts';
import { defineVerb } from '../verb.ts';

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
    else terminal.out.line(`bit ${about.version} (node ${about.node}, ${about.platform} ${about.arch})`);
    return 0;
  },
});
