import type { JobState } from './job-state.ts';

/**
 * Why a job will not begin by itself, with what lets it go; undefined where it only waits for its turn. Without a word, a run would wait for it
 * through the night.
 */
export function heldInWords(job: string, { reason = '' }: JobState): string | undefined {
  const number = job.split('_')[0];
  if (/^JobHeld(User|Admin)$/.test(reason))
    return `job ${job} is held in the queue (${reason}): \`scontrol release ${number}\` lets it go`;
  if (!stuck.has(reason)) return undefined;
  return `job ${job} does not begin as things are (${reason}): \`scontrol show job ${number}\` says what it asks for`;
}

/** Reasons of squeue(1) that time alone does not change. */
const stuck: ReadonlySet<string> = new Set([
  'AccountNotAllowed',
  'BadConstraints',
  'DependencyNeverSatisfied',
  'InvalidAccount',
  'InvalidQOS',
  'MaxMemPerLimit',
  'PartitionConfig',
  'PartitionDown',
  'PartitionInactive',
  'PartitionNodeLimit',
  'PartitionTimeLimit',
  'QOSNotAllowed',
]);
