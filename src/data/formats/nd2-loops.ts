import { scaled } from './length-unit.ts';
import { field, listOf, type Nd2Record, numberOf, recordOf } from './nd2-values.ts';

/** One loop of an acquisition, as the file announces it. */
export interface Nd2Loop {
  /** `p` positions of the stage, `q` a loop of the user's own making. */
  readonly axis: 't' | 'p' | 'z' | 'q';
  readonly count: number;
  /** Micrometres between planes, or seconds between times. */
  readonly step?: number;
}

/** The loops, the outermost first. Channels are no loop here: they are components of each picture. */
export function nd2Loops(experiment: Nd2Record): readonly Nd2Loop[] {
  const loops: Nd2Loop[] = [];
  let level: Nd2Record | undefined = experiment;
  for (let depth = 0; level !== undefined && depth < 10; depth++) {
    const loop = loopOf(level);
    if (loop !== undefined && loop.count > 0 && !loops.some(({ axis }) => axis === loop.axis)) loops.push(loop);
    const next = recordOf(level.get('ppNextLevelEx'));
    // A level can have one inner experiment per step of its own; they are alike, and the first stands for them.
    const [inner] = listOf(next);
    level =
      inner === undefined
        ? undefined
        : inner.has('eType')
          ? inner
          : (listOf(inner).find((each) => each.has('eType')) ?? undefined);
  }
  return loops;
}

/** Numbers of the kinds of loop. */
const kind = { time: 1, position: 2, depth: 4, spectrum: 6, custom: 7, times: 8 } as const;

function loopOf(level: Nd2Record): Nd2Loop | undefined {
  const outer = recordOf(level.get('uLoopPars'));
  // Some versions put the parameters into a list of one.
  const parameters = outer?.size === 1 && !outer.has('uiCount') ? (listOf(outer)[0] ?? outer) : outer;
  if (parameters === undefined) return undefined;
  const count = whole(parameters, 'uiCount');
  switch (numberOf(level.get('eType'))) {
    case kind.time:
      return { axis: 't', count, ...period(parameters, count) };
    case kind.position:
      return { axis: 'p', count: validPositions(level, parameters) };
    case kind.depth:
      return { axis: 'z', count, ...depthStep(parameters, count) };
    case kind.times:
      return phases(parameters);
    case kind.custom:
      return { axis: 'q', count };
    default:
      return undefined;
  }
}

function whole(record: Nd2Record, name: string): number {
  const value = numberOf(record.get(name)) ?? 0;
  return Number.isInteger(value) && value > 0 && value < 2 ** 31 ? value : 0;
}

function period(parameters: Nd2Record, count: number): { step?: number } {
  const wanted = numberOf(parameters.get('dPeriod')) ?? 0;
  // "As fast as possible" is a period of 0; then the mean of what was measured counts, where it is kept.
  const measured = numberOf(parameters.get('dAvgPeriodDiff')) ?? 0;
  const duration = numberOf(parameters.get('dDuration')) ?? 0;
  const milliseconds = wanted > 0 ? wanted : measured > 0 ? measured : count > 1 ? duration / (count - 1) : 0;
  const step = scaled(milliseconds, 1e-3);
  return step === undefined ? {} : { step };
}

function depthStep(parameters: Nd2Record, count: number): { step?: number } {
  const stated = Math.abs(numberOf(parameters.get('dZStep')) ?? 0);
  const range = Math.abs((numberOf(parameters.get('dZHigh')) ?? 0) - (numberOf(parameters.get('dZLow')) ?? 0));
  const step = scaled(stated > 0 ? stated : count > 1 ? range / (count - 1) : 0, 1);
  return step === undefined ? {} : { step };
}

/** Positions can be switched off one by one. */
function validPositions(level: Nd2Record, parameters: Nd2Record): number {
  const points =
    listOf(parameters.get('Points')).length ||
    whole(parameters, 'uiCount') ||
    (recordOf(parameters.get('dPosX'))?.size ?? 0);
  const valid = recordOf(level.get('pItemValid'));
  if (valid === undefined || valid.size === 0) return points;
  return [...valid.values()].slice(0, points).filter((each) => each !== 0).length;
}

/** Several phases of time, one after the other; a step is only told where all have the same. */
function phases(parameters: Nd2Record): Nd2Loop {
  const valid = [...(recordOf(parameters.get('pPeriodValid'))?.values() ?? [])];
  const all = listOf(field(parameters, 'pPeriod')).filter((_, index) => valid[index] !== 0);
  const loops = all.map((each) => ({ count: whole(each, 'uiCount'), ...period(each, whole(each, 'uiCount')) }));
  const [first] = loops;
  const isEven = first?.step !== undefined && loops.every(({ step }) => step === first.step);
  return {
    axis: 't',
    count: loops.reduce((sum, { count }) => sum + count, 0),
    ...(isEven && first?.step !== undefined && { step: first.step }),
  };
}
