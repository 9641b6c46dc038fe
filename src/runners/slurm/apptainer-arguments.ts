/**
 * The words that run something inside an image: own processes, nothing of the home folder, no variables of the caller; the attempt's directory
 * to write in and the inputs to read. What is to run comes after them.
 */
export function apptainerArguments(of: {
  readonly program: string;
  readonly image: string;
  /** Of the attempt: seen at the same place inside. */
  readonly directory: string;
  /** Files and folders to read, seen at the same place inside. */
  readonly inputs: readonly string[];
  readonly network: boolean;
  readonly gpus: number;
  /** As the process or the site has them: Apptainer's own, or those of `docker run` that mean something here. */
  readonly options: readonly string[];
}): readonly string[] {
  const { directory } = of;
  return [
    of.program,
    'exec',
    '--containall',
    '--no-home',
    '--cleanenv',
    ...bind(directory, { readOnly: false }),
    ...of.inputs.flatMap((path) => bind(path, { readOnly: true })),
    '--pwd',
    `${directory}/task`,
    // The one network that everybody may ask for.
    ...(of.network ? [] : ['--net', '--network', 'none']),
    ...(of.gpus > 0 ? ['--nv'] : []),
    ...inWordsOfApptainer(of.options),
    of.image,
  ];
}

/** `--bind` reads colons and commas as its own: such a path needs the long form, which is CSV and can quote. */
function bind(path: string, how: { readonly readOnly: boolean }): readonly string[] {
  if (!/[:,"\\]/.test(path)) return ['--bind', how.readOnly ? `${path}:${path}:ro` : path];
  const fields = ['type=bind', `source=${path}`, `destination=${path}`, ...(how.readOnly ? ['ro'] : [])];
  return [
    '--mount',
    fields.map((field) => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field)).join(','),
  ];
}

/** Options in the words of `docker run` are turned into Apptainer's, or left out where they have no meaning without a daemon. */
export function inWordsOfApptainer(options: readonly string[]): readonly string[] {
  const words: string[] = [];
  for (let at = 0; at < options.length; at++) {
    const option = options[at] ?? '';
    const equals = option.startsWith('--') ? option.indexOf('=') : -1;
    const name = equals < 0 ? option : option.slice(0, equals);
    const meaning = inDocker.get(name);
    if (meaning === undefined) {
      words.push(option);
      continue;
    }
    const value = meaning.takes ? (equals < 0 ? options[++at] : option.slice(equals + 1)) : undefined;
    if (meaning.becomes === undefined) continue;
    words.push(meaning.becomes, ...(meaning.keeps && value !== undefined ? [value] : []));
  }
  return words;
}

interface Meaning {
  /** A value follows. */
  readonly takes: boolean;
  readonly becomes?: string;
  /** The value is the same. */
  readonly keeps: boolean;
}

const same = (becomes: string): Meaning => ({ takes: true, becomes, keeps: true });
const nothing = (takes: boolean): Meaning => ({ takes, keeps: false });

const inDocker: ReadonlyMap<string, Meaning> = new Map([
  ['-v', same('--bind')],
  ['--volume', same('--bind')],
  ['-e', same('--env')],
  ['--env', same('--env')],
  ['--gpus', { takes: true, becomes: '--nv', keeps: false }],
  // Apptainer has no shared memory of its own size, no init that is left out, and limits are the scheduler's.
  ['--shm-size', nothing(true)],
  ['--ulimit', nothing(true)],
  ['--ipc', nothing(true)],
  ['--platform', nothing(true)],
  ['--init', nothing(false)],
  ['--rm', nothing(false)],
]);
