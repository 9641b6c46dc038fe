import { credentialPlaces, credentialsFile } from '../../data/credentials/index.ts';
import { forgetCredential, keepCredential, keptCredentials } from '../../data/credentials/keep.ts';
import { systemKeyring } from '../../data/credentials/keyring.ts';
import type { StoredCredential } from '../../data/credentials/stored-credential.ts';
import { RemoteProblem } from '../../engine/ports/remote.ts';
import { formats } from '../formats.ts';
import { columns } from '../help.ts';
import { CommandProblem } from '../problem.ts';
import { NotTyped, readSecret } from '../read-secret.ts';
import { defineVerb, type Invocation } from '../verb.ts';

const flags = {
  user: { kind: 'text', value: 'NAME', help: 'whose password it is; for s3, the id of the access key' },
  list: { kind: 'switch', help: 'the places something is kept for, and where; never what' },
  forget: { kind: 'switch', help: 'keep nothing for this place any more' },
} as const;

export const verb = defineVerb({
  name: 'login',
  summary: 'keep a password, key or token for other places',
  details: [
    'It is typed, unseen, or comes by standard input, and is kept in the keyring of the system, or, where there is none, in ~/.config/bitflow/credentials.toml, which only you can read.',
    'https without --user takes a token; with it, a password. s3 takes the secret of an access key, sftp and omero a password. What the environment says goes before what is kept.',
  ].join('\n\n'),
  operands: [{ name: 'ADDRESS', how: 'optional', help: 'any address of the place: https://data.lab.org' }],
  flags,
  examples: [
    ['bit login https://data.lab.org', 'a token'],
    ['bit login s3://raw-data --user AKIA…', 'an access key for one bucket; `s3://` is for all'],
    ['bit login omero://images.lab.org --user ann', 'a password'],
    ['bit login --list', 'what is kept, and where'],
    ['bit login https://data.lab.org --forget', 'away with it'],
  ],
  async run(invocation) {
    const { environment } = invocation;
    const places = { keyring: systemKeyring(environment), file: credentialsFile(environment) };
    try {
      if (invocation.flags.list) return await list(invocation, places);
      const place = placeOf(invocation);
      if (invocation.flags.forget) return await forget(invocation, place, places);
      return await keep(invocation, place, places);
    } catch (error) {
      if (error instanceof NotTyped) return 130;
      if (error instanceof RemoteProblem)
        throw new CommandProblem({ exit: 3, message: error.message, help: error.help });
      throw error;
    }
  },
});

type Places = Parameters<typeof keepCredential>[2];

async function list(invocation: Invocation<typeof flags>, places: Places): Promise<number> {
  const { terminal, global } = invocation;
  const kept = await keptCredentials(places);
  if (global.json) {
    terminal.json({
      format: formats.login,
      places: kept.map(({ place, where }) => ({ place, kept: shownAs(where, places) })),
    });
  } else if (kept.length === 0) terminal.out.line('Nothing is kept.');
  else {
    const rows = kept.map(
      ({ place, where }) => [place, where === 'keyring' ? 'in the keyring' : `in ${places.file}`] as const,
    );
    terminal.out.line(columns(rows, { paint: terminal.out.colors.cyan }).join('\n'));
  }
  return 0;
}

async function forget(invocation: Invocation<typeof flags>, place: string, places: Places): Promise<number> {
  const { terminal, global } = invocation;
  const forgotten = await forgetCredential(place, places);
  if (global.json) terminal.json({ format: formats.login, place, forgotten });
  else if (!global.quiet)
    terminal.out.line(forgotten ? `Nothing is kept for ${place} any more.` : `Nothing was kept for ${place}.`);
  return 0;
}

async function keep(invocation: Invocation<typeof flags>, place: string, places: Places): Promise<number> {
  const { terminal, global } = invocation;
  const { ask, store } = formOf(place, invocation.flags.user);
  const secret = await readSecret(`${ask} for ${place}`, terminal);
  if (secret === '')
    throw new CommandProblem({
      exit: 2,
      message: `Nothing was given to keep for ${place}`,
      help: `Type it when you are asked, or pipe it in: bit login ${place} < FILE`,
    });
  const where = await keepCredential(place, store(secret), places);
  if (global.json) terminal.json({ format: formats.login, place, kept: shownAs(where, places) });
  else if (!global.quiet)
    terminal.out.line(
      where === 'keyring'
        ? `Kept for ${place} in the keyring.`
        : `Kept for ${place} in ${places.file}, which only you can read; this machine has no keyring.`,
    );
  return 0;
}

const shownAs = (where: 'keyring' | 'file', places: Places): string => (where === 'keyring' ? 'keyring' : places.file);

function placeOf(invocation: Invocation<typeof flags>): string {
  const [address] = invocation.operands;
  if (address !== undefined) {
    const [place] = credentialPlaces(address);
    if (place !== undefined && /^[a-z0-9]+:\/\/.|^s3:\/\/$/u.test(place)) return place;
    throw new CommandProblem({
      exit: 2,
      message: '`bit login` needs an address of the place',
      help: 'For example: `bit login https://data.lab.org`, `bit login s3://bucket`, `bit login sftp://ann@host`, `bit login omero://host`',
    });
  }
  throw new CommandProblem({
    exit: 2,
    message: '`bit login` needs the place that something is to be kept for',
    help: 'For example: `bit login https://data.lab.org`; `bit login --list` shows what is kept.',
  });
}

/** What is asked for, and the form in which it is kept. */
function formOf(
  place: string,
  user: string | undefined,
): { readonly ask: string; store(secret: string): StoredCredential } {
  const scheme = place.slice(0, place.indexOf(':'));
  const needUser = (what: string): string => {
    const named = user ?? /^[a-z0-9]+:\/\/([^@/]+)@/u.exec(place)?.[1];
    if (named !== undefined && named !== '') return named;
    throw new CommandProblem({
      exit: 2,
      message: `\`bit login ${place}\` needs ${what}`,
      help: `Say it with --user: \`bit login ${place} --user NAME\``,
    });
  };
  switch (scheme) {
    case 's3': {
      const id = needUser('the id of the access key');
      return { ask: `Secret access key of ${id}`, store: (key) => ({ id, key }) };
    }
    case 'omero': {
      const name = needUser('the name of the user');
      return { ask: `Password of ${name}`, store: (password) => ({ user: name, password }) };
    }
    case 'sftp':
      return { ask: 'Password, or passphrase of the key,', store: (password) => ({ password }) };
    default:
      if (user !== undefined) return { ask: `Password of ${user}`, store: (password) => ({ user, password }) };
      return { ask: 'Token', store: (token) => ({ token }) };
  }
}
