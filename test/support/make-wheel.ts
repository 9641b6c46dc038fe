import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { realPython } from './runner-lab.ts';

/** The smallest wheel there can be. */
export function makeWheel(place: string, name: string, version: string): string {
  const module = name.replaceAll('-', '_');
  const file = join(place, `${module}-${version}-py3-none-any.whl`);
  const info = `${module}-${version}.dist-info`;
  const parts = {
    [`${module}.py`]: `version = "${version}"\n`,
    [`${info}/METADATA`]: `Metadata-Version: 2.1\nName: ${name}\nVersion: ${version}\n`,
    [`${info}/WHEEL`]: 'Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n',
    [`${info}/RECORD`]: '',
  };
  const zip =
    'import json, sys, zipfile\nwith zipfile.ZipFile(sys.argv[1], "w") as z:\n  for n, t in json.loads(sys.argv[2]).items(): z.writestr(zipfile.ZipInfo(n), t)';
  execFileSync(realPython(), ['-c', zip, file, JSON.stringify(parts)]);
  return file;
}
