import { execFileSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { realPython } from './runner-lab.ts';

/** A channel on this disk with packages that are made for the test, and a stand-in for the tools that install from it. */
export interface CondaLab {
  /** `file:///…/channel` */
  readonly channel: string;
  /** A folder for PATH that holds the tool. */
  readonly bin: string;
  /** Adds a package to the channel; a later one with the same name wins where no version is asked for. */
  addPackage(name: string, version: string, files: Readonly<Record<string, string>>, depends?: readonly string[]): void;
  /** The words of each call of the tool, without its own name. */
  calls(): readonly (readonly string[])[];
}

/**
 * The tool reads the channel's `repodata.json`, unpacks `.tar.bz2` packages, puts its own folder's name where they hold a placeholder, and
 * writes `conda-meta` as micromamba, mamba and conda do. It knows the command lines that Bitflow uses and refuses all others.
 */
export function openCondaLab(folder: string, kind: 'micromamba' | 'mamba' | 'conda'): CondaLab {
  const channels = join(folder, 'channels');
  const channel = join(channels, 'conda-forge', 'noarch');
  const bin = join(folder, `${kind}-bin`);
  const log = join(folder, `${kind}.calls`);
  mkdirSync(channel, { recursive: true });
  mkdirSync(join(channels, 'bioconda', 'noarch'), { recursive: true });
  mkdirSync(bin, { recursive: true });
  const tool = join(folder, `${kind}.py`);
  writeFileSync(tool, toolText);
  writeFileSync(
    join(bin, kind),
    `#!/bin/sh\nKIND=${kind} CALLS='${log}' CHANNELS='file://${channels}' exec '${realPython()}' '${tool}' "$@"\n`,
  );
  chmodSync(join(bin, kind), 0o755);
  return {
    channel: `file://${join(channels, 'conda-forge')}`,
    bin,
    addPackage(name, version, files, depends = []) {
      execFileSync(realPython(), ['-c', packageText, channel, JSON.stringify({ name, version, files, depends })]);
    },
    calls: () =>
      existsSync(log)
        ? readFileSync(log, 'utf8')
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => JSON.parse(line) as string[])
        : [],
  };
}

/**
 * The files of a `python` package: the Python of this machine, which takes the environment for its own place, and its pip there.
 */
export function pythonPackage(): Readonly<Record<string, string>> {
  const python = realPython();
  const told = execFileSync(
    python,
    ['-c', 'import sys; print("%d.%d" % sys.version_info[:2]); print(sys.base_prefix)'],
    {
      encoding: 'utf8',
    },
  );
  const [version = '', base = ''] = told.split('\n');
  const start = `#!/bin/bash\nexec -a "$0" '${python}' "$@"\n`;
  const site = `lib/python${version}/site-packages`;
  return {
    'bin/python': start,
    'bin/python3': start,
    'pyvenv.cfg': `home = ${base}/bin\n`,
    [`${site}/pip/__init__.py`]: '',
    [`${site}/pip/__main__.py`]: `import subprocess, sys\nsys.exit(subprocess.call(["${python}", "-m", "pip", "--python", sys.executable, *sys.argv[1:]]))\n`,
  };
}

const packageText = `
import bz2, hashlib, io, json, os, sys, tarfile
channel, told = sys.argv[1], json.loads(sys.argv[2])
name, version = told["name"], told["version"]
file = "%s-%s-0.tar.bz2" % (name, version)
index = {"name": name, "version": version, "build": "0", "build_number": 0, "depends": told["depends"], "subdir": "noarch"}
files = dict(told["files"])
holding = [path for path, text in files.items() if "/opt/placeholder" in text]
files["info/index.json"] = json.dumps(index)
files["info/has_prefix"] = "".join("/opt/placeholder text %s\\n" % path for path in holding)
data = io.BytesIO()
with tarfile.open(fileobj=data, mode="w") as tar:
    for path, text in files.items():
        entry = tarfile.TarInfo(path)
        entry.mode = 0o755 if path.startswith("bin/") else 0o644
        content = text.encode()
        entry.size = len(content)
        tar.addfile(entry, io.BytesIO(content))
content = bz2.compress(data.getvalue())
open(os.path.join(channel, file), "wb").write(content)
place = os.path.join(channel, "repodata.json")
data = json.load(open(place)) if os.path.exists(place) else {"info": {"subdir": "noarch"}, "packages": {}}
data["packages"][file] = dict(index, md5=hashlib.md5(content).hexdigest(), sha256=hashlib.sha256(content).hexdigest(), size=len(content))
json.dump(data, open(place, "w"))
`;

const toolText = String.raw`
import bz2, hashlib, io, json, os, re, subprocess, sys, tarfile
kind, alias = os.environ["KIND"], os.environ["CHANNELS"]
words = sys.argv[1:]
with open(os.environ["CALLS"], "a") as log: log.write(json.dumps(words) + "\n")

def refuse(text):
    print("error    libmamba " + text, file=sys.stderr)
    sys.exit(1)

verb = []
while words and not words[0].startswith("-"): verb.append(words.pop(0))
prefix, file, channels, specs, pips, offline = None, None, [], [], [], False
while words:
    word = words.pop(0)
    if word == "--prefix": prefix = words.pop(0)
    elif word == "--file": file = words.pop(0)
    elif word == "--channel": channels.append(words.pop(0))
    elif word == "--offline": offline = True
    elif word in ("--yes", "--override-channels"): pass
    elif word.startswith("-"): refuse("unknown option " + word)
    else: specs.append(word)
text = open(file).read() if file else ""
yaml = file is not None and file.endswith((".yml", ".yaml"))
if verb == ["env", "create"] and kind != "micromamba" and yaml: pass
elif verb == ["create"] and (kind == "micromamba" or not yaml): pass
else: refuse("the command is not known: " + " ".join(verb))
if yaml:
    part = None
    for line in text.splitlines():
        if re.match(r"\w", line): part = line.split(":")[0]
        elif line.strip().startswith("- "):
            item = line.strip()[2:].strip()
            if part == "channels": channels.append(item)
            if part == "dependencies" and item == "pip:": part = "pip"
            elif part == "dependencies": specs.append(item)
            elif part == "pip": pips.append(item)

def place(channel):
    where = channel if "://" in channel else alias + "/" + channel
    if not where.startswith("file://"): refuse("Could not resolve host: " + where.split("/")[2])
    return where + "/noarch"

def find(spec):
    given, name, version = re.match(r"(?:(.*)::)?([\w.-]+?)(?:\s*=+\s*([\w.]+))?$", spec).groups()
    for channel in [given] if given else channels:
        try: packages = json.load(open(place(channel)[7:] + "/repodata.json"))["packages"]
        except FileNotFoundError: continue
        fit = [(file, one) for file, one in packages.items() if one["name"] == name and (not version or one["version"].startswith(version))]
        if fit: return (place(channel) + "/" + fit[-1][0], fit[-1][1])
    refuse("Could not solve for environment specs\nThe following package could not be found\n└─ %s does not exist (perhaps a typo or a missing channel)." % spec)

chosen = {}
def choose(spec):
    url, one = find(spec)
    if one["name"] in chosen: return
    chosen[one["name"]] = (url, one["md5"])
    for needed in one["depends"]: choose(needed)
if file and not yaml:
    if "@EXPLICIT" not in text.splitlines(): refuse("no explicit list")
    for line in text.splitlines():
        if "://" in line and not line.startswith("#"):
            url, _, md5 = line.partition("#")
            chosen[url] = (url, md5)
else:
    for spec in specs: choose(spec)

print("Transaction starting")
os.makedirs(prefix + "/conda-meta")
open(prefix + "/conda-meta/history", "w").close()
for url, md5 in chosen.values():
    content = open(url[7:], "rb").read()
    if hashlib.md5(content).hexdigest() != md5: refuse("the md5 of %s is not %s" % (url, md5))
    tar = tarfile.open(fileobj=io.BytesIO(bz2.decompress(content)))
    about = json.loads(tar.extractfile("info/index.json").read())
    patched = [line.split(" ")[2] for line in tar.extractfile("info/has_prefix").read().decode().splitlines()]
    files = []
    for entry in tar:
        if entry.name.startswith("info/"): continue
        data = tar.extractfile(entry).read()
        if entry.name in patched: data = data.replace(b"/opt/placeholder", prefix.encode())
        target = os.path.join(prefix, entry.name)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as out: out.write(data)
        os.chmod(target, entry.mode)
        files.append(entry.name)
    fn = url.split("/")[-1]
    record = dict(about, fn=fn, url=url, md5=md5, channel=url.rsplit("/", 2)[0], files=files)
    json.dump(record, open(os.path.join(prefix, "conda-meta", fn[: -len(".tar.bz2")] + ".json"), "w"))
    print("Linking " + fn[: -len(".tar.bz2")])
if pips: sys.exit(subprocess.call([prefix + "/bin/python", "-m", "pip", "install", *pips]))
`;
