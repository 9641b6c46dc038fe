import { describe, expect, test } from 'vitest';
import { installHint, machineOf } from '../../../src/runners/environment/install-hint.ts';
import { findVersion, isDemand, satisfies } from '../../../src/runners/environment/version.ts';

describe("the version in a program's words", () => {
  test.each([
    ['GNU bash, version 5.2.15(1)-release (x86_64-pc-linux-gnu)', '5.2.15'],
    ['Python 3.11.7', '3.11.7'],
    ['ffmpeg version 5.1.6-0+deb12u1 Copyright (c) 2000-2024', '5.1.6'],
    ['ffmpeg version n7.0 Copyright', undefined],
    ['Version: ImageMagick 6.9.11-60 Q16 x86_64 2021-01-25 https://imagemagick.org', '6.9.11'],
    ['v24.21.0', '24.21.0'],
    ['Rscript (R) version 4.2.2 (2022-10-31)', '4.2.2'],
    ['openjdk 17.0.15 2025-04-15', '17.0.15'],
    ['openjdk version "21" 2023-09-19', '21'],
    ['julia version 1.10.4', '1.10.4'],
    ['vips-8.14.1', '8.14.1'],
    ['no numbers at all', undefined],
  ])('%s', (text, version) => {
    expect(findVersion(text)).toBe(version);
  });
});

describe('demands', () => {
  test.each([
    ['3.11.7', '3.11', true],
    ['3.1.7', '3.11', false],
    ['3.12.0', '>=3.10', true],
    ['3.9.18', '>=3.10', false],
    ['7.1.1', '>=7', true],
    ['6.9.11', '>=7', false],
    ['6.9.11', '<7', true],
    ['7.0.0', '<7', false],
    ['7.5', '>7', false],
    ['8.0', '>7', true],
    ['7.5', '<=7', true],
    ['1.16.0', '==1.16.0', true],
    ['1.16.1', '!=1.16', false],
    ['2.4', '~=2.2', true],
    ['3.0', '~=2.2', false],
    ['5.1', '>=5, <6', true],
    ['6.0', '>=5, <6', false],
  ])('%s fits %s: %s', (version, demand, fits) => {
    expect(satisfies(version, demand)).toBe(fits);
  });

  test.each(['', 'latest', '>=', '7 8', '--flag'])('%j is none', (demand) => {
    expect(isDemand(demand)).toBe(false);
  });
});

describe('the command that installs a program', () => {
  const debian = machineOf('ID=debian\nVERSION_ID="12"\n', 'linux', '');
  const ubuntu = machineOf('NAME="Ubuntu"\nID=ubuntu\nID_LIKE=debian\n', 'linux', '');
  const rocky = machineOf('ID="rocky"\nID_LIKE="rhel centos fedora"\n', 'linux', '');
  const mac = machineOf('', 'darwin', '');
  const unknown = machineOf('ID=homemade\n', 'linux', '/nonexistent');

  test.each([
    ['Rscript', debian, 'Install it with `sudo apt install r-base-core`.'],
    ['ffmpeg', ubuntu, 'Install it with `sudo apt install ffmpeg`.'],
    ['ffmpeg', rocky, 'Install it with `sudo dnf install ffmpeg-free`.'],
    ['python3.11', debian, 'Install it with `sudo apt install python3 python3-venv`.'],
    ['groovy', mac, 'Install it with `brew install groovy`.'],
    ['julia', debian, 'Install it from https://julialang.org/downloads.'],
    ['my-tool', debian, 'Install it, for example with `sudo apt install my-tool`.'],
    ['my-tool', unknown, 'Install `my-tool` and put its folder into `PATH`.'],
    ['uv', unknown, 'Install it from https://docs.astral.sh/uv.'],
  ])('%s', (program, machine, expected) => {
    expect(installHint(program, machine)).toBe(expected);
  });
});
