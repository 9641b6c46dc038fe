import type { Diagnostic, Explanation } from '../../diagnostics/diagnostic.ts';
import { error } from '../../diagnostics/make.ts';
import type { Span } from '../../diagnostics/span.ts';
import { didYouMean } from '../../diagnostics/suggest.ts';

/** What stands in the way of jobs on a Slurm cluster: BIT5020 to BIT5027. */
export const slurmErrors = {
  /** BIT5020. */
  noSlurm: (at: Span, of: { readonly process: string; readonly install: string }): Diagnostic =>
    error('BIT5020', at, {
      message: `\`${of.process}\` is to run with Slurm, and there is no \`sbatch\` on this machine`,
      help: `Log in where jobs are submitted and start it there; \`module load slurm\` may be needed first. A machine of your own that may submit: ${of.install} Or run it here: \`--runner local\`.`,
    }),

  /** BIT5021. */
  noController: (at: Span, of: { readonly process: string; readonly said: string }): Diagnostic =>
    error('BIT5021', at, {
      message: `\`${of.process}\` is to run with Slurm, whose controller does not answer: ${of.said}`,
      help: '`scontrol ping` shows it alone. Where it is being restarted, run the same command again in a while; where SLURM_CONF names a file, see whether it is the one of this cluster.',
    }),

  /** BIT5022. */
  noPartition: (
    at: Span,
    of: { readonly process: string; readonly queue: string; readonly known: readonly string[] },
  ): Diagnostic =>
    error('BIT5022', at, {
      message: `\`${of.process}\` is to wait in the partition \`${of.queue}\`, which this cluster does not have`,
      help: didYouMean(of.queue, of.known, `It has ${of.known.map((name) => `\`${name}\``).join(', ')}.`),
    }),

  /** BIT5023. */
  tooMuch: (
    at: Span,
    of: {
      readonly process: string;
      readonly asked: string;
      readonly most: string;
      readonly partition: string | undefined;
      readonly elsewhere: readonly string[];
    },
  ): Diagnostic =>
    error('BIT5023', at, {
      message: `\`${of.process}\` asks for ${of.asked}, and ${of.partition === undefined ? 'no node of this cluster grants a task' : `no node of the partition \`${of.partition}\` grants a task`} more than ${of.most}`,
      help:
        of.elsewhere.length > 0
          ? `The partition ${of.elsewhere.map((name) => `\`${name}\``).join(' or ')} has such nodes: \`queue: "${of.elsewhere[0]}"\`, or \`queue\` in bit.toml.`
          : `Ask for less, in \`resources\` or in bit.toml for this cluster alone: \`[process.${of.process}]\`.`,
    }),

  /** BIT5024. */
  tooLong: (
    at: Span,
    of: {
      readonly process: string;
      readonly asked: string;
      readonly limit: string;
      readonly partition: string;
      readonly elsewhere: readonly string[];
    },
  ): Diagnostic =>
    error('BIT5024', at, {
      message: `\`${of.process}\` asks for ${of.asked}, and the partition \`${of.partition}\` ends jobs after ${of.limit}`,
      help:
        of.elsewhere.length > 0
          ? `The partition ${of.elsewhere.map((name) => `\`${name}\``).join(' or ')} allows it: \`queue: "${of.elsewhere[0]}"\`, or \`queue\` in bit.toml.`
          : 'Ask for less `time`, in `resources` or in bit.toml.',
    }),

  /** BIT5025. */
  notShared: (at: Span, of: { readonly process: string; readonly store: string; readonly kind: string }): Diagnostic =>
    error('BIT5025', at, {
      message: `\`${of.process}\` is to run on nodes of a cluster, and the store \`${of.store}\` lies on ${of.kind}, a disk of this machine alone`,
      help: 'Put it where the nodes see it under the same path: `--store DIR` on a shared file system, for example in your project folder there. If they do see this one, say so in bit.toml: `shared = true` under `[slurm]`.',
    }),

  /** BIT5026. */
  noAssociation: (
    at: Span,
    of: {
      readonly process: string;
      readonly kind: 'account' | 'qos';
      readonly name: string;
      readonly known: readonly string[];
    },
  ): Diagnostic =>
    error('BIT5026', at, {
      message: `\`${of.process}\` is to be counted on the ${of.kind === 'qos' ? 'QOS' : 'account'} \`${of.name}\`, which this cluster does not let you use`,
      help: didYouMean(of.name, of.known, `You may use ${of.known.map((name) => `\`${name}\``).join(', ')}.`),
    }),

  /** BIT5027. */
  ownWord: (at: Span, of: { readonly process: string; readonly word: string }): Diagnostic =>
    error('BIT5027', at, {
      message: `\`${of.process}\` has \`${of.word}\` among the words for \`sbatch\`, which are bit's own to say`,
      help: 'Take it out of `extra` (in `resources`, or in bit.toml). Without it bit finds its jobs again; `retry`, `after` and `bit logs` do what it is for.',
    }),
};

export const slurmExplanations: readonly Explanation[] = [
  {
    code: 'BIT5020',
    title: 'Slurm is not on this machine',
    text: 'A process is to run with Slurm (`--runner slurm`, or `runner` in bit.toml), and its program `sbatch` was not found in `PATH`. Jobs are submitted from a login node of the cluster, or from a machine that its administrators have set up for it; Bitflow runs there and watches, the tasks run on the nodes.',
  },
  {
    code: 'BIT5021',
    title: 'The controller of the cluster does not answer',
    text: 'Slurm’s programs are here, and the controller (slurmctld) did not answer them; the message holds their words. Nothing was submitted. While a run goes on, this is no failure: it waits until the controller answers again.',
  },
  {
    code: 'BIT5022',
    title: 'There is no such partition',
    text: '`queue` in a process’s `resources` or in bit.toml names a partition of the cluster. It was looked for among those that `sinfo` shows before anything was submitted.',
  },
  {
    code: 'BIT5023',
    title: 'More than any node has',
    text: 'A task runs on one node. What each task of the process asks for (cores, memory, GPUs) was compared with the nodes of its partition, and with what the partition grants per node. Where the numbers depend on inputs or on the attempt, this is found out when the task is submitted.',
  },
  {
    code: 'BIT5024',
    title: 'Longer than the partition allows',
    text: 'The `time` of the process is more than the time limit of its partition. Slurm would let such a job wait for ever or refuse it.',
  },
  {
    code: 'BIT5025',
    title: 'The nodes do not see the store',
    text: 'Tasks work in directories of the store, and nodes of a cluster reach it over a shared file system: NFS, Lustre, GPFS, BeeGFS, Ceph and the like. This store lies on a file system that is not known to be shared, while the cluster has other machines than this one. Where the nodes do see it under the same path, `shared = true` under `[slurm]` in bit.toml says so.',
  },
  {
    code: 'BIT5026',
    title: 'An account or QOS that may not be used',
    text: '`account` and `qos` in bit.toml were compared with what the cluster’s accounting lists for you (`sacctmgr show associations`). Where accounting does not answer, Slurm’s own word at submission counts.',
  },
  {
    code: 'BIT5027',
    title: 'A word for sbatch that bit says itself',
    text: '`extra` hands words to `sbatch` as they are: mail, licences, features of nodes. A few are not for it: the name, the array, the output, whether `sbatch` waits, requeues or goes to another cluster. By them bit finds its jobs again after it was killed, and hears what became of them.',
  },
];
