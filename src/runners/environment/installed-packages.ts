import { execa } from 'execa';

/**
 * What is installed, asked of Python itself, so that uv and pip give one answer: as text for the key, where a file given by path stands with
 * its digest instead of where it lay, and as text that can be installed again. The installers are left out unless asked for. Of an environment
 * over another, what it has itself; of conda's, what pip or uv put there.
 */
export async function installedPackages(
  python: string,
  options: {
    readonly of: 'pip' | 'conda';
    readonly asked: readonly string[];
    readonly surroundings: Readonly<Record<string, string>>;
  },
): Promise<{ readonly lock: string; readonly installable: string }> {
  const listing = await execa(python, ['-I', '-c', listInstalled, options.of, ...options.asked], {
    stdin: 'ignore',
    env: options.surroundings,
  });
  const { lock, installable } = JSON.parse(listing.stdout) as {
    readonly lock: readonly string[];
    readonly installable: readonly string[];
  };
  const lines = (list: readonly string[]): string => list.map((line) => `${line}\n`).join('');
  return { lock: lines(lock), installable: lines(installable) };
}

const listInstalled = `
import hashlib, importlib.metadata, json, os, re, sys, sysconfig
from urllib.request import url2pathname
from urllib.parse import urlparse
tidy = lambda name: re.sub(r"[-_.]+", "-", name).lower()
asked = {tidy(re.match(r"[A-Za-z0-9._-]*", text.strip()).group()) for text in sys.argv[2:]}
lock, installable = set(), set()
# Of an environment over another, what it has itself.
for found in importlib.metadata.distributions(path=sorted({sysconfig.get_path("purelib"), sysconfig.get_path("platlib")})):
    if sys.argv[1] == "conda" and (found.read_text("INSTALLER") or "").strip() not in ("pip", "uv"):
        continue
    name = tidy(found.metadata["Name"])
    if name in ("pip", "setuptools", "wheel") and name not in asked:
        continue
    pinned = "%s==%s" % (name, found.version)
    origin = json.loads(found.read_text("direct_url.json") or "null")
    if origin is None:
        lock.add(pinned)
        installable.add(pinned)
        continue
    archive = origin.get("archive_info", {})
    hashes = sorted("%s=%s" % pair for pair in archive.get("hashes", {}).items()) or [archive.get("hash", "")]
    # Older releases of pip write no digest of a package that was given as a file.
    local = url2pathname(urlparse(origin["url"]).path) if origin["url"].startswith("file:") else ""
    if not any(hashes) and os.path.isfile(local):
        hashes = ["sha256=" + hashlib.sha256(open(local, "rb").read()).hexdigest()]
    commit = origin.get("vcs_info", {}).get("commit_id", "")
    lock.add(" ".join(part for part in (pinned, *hashes, commit) if part))
    where = origin["url"] if not commit else "%s+%s@%s" % (origin["vcs_info"]["vcs"], origin["url"], commit)
    installable.add("%s @ %s" % (name, where))
print(json.dumps({"lock": sorted(lock), "installable": sorted(installable)}))
`;
