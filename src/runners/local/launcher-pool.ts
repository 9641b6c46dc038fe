import { setTimeout as delay } from 'node:timers/promises';
import { type IsolationMode, isolationModes } from './isolation.ts';
import { type Launcher, type LauncherReport, startLauncher } from './launcher.ts';

/** A prepared attempt that waits for a launcher. */
export interface Order {
  readonly token: string;
  readonly directory: string;
  /** Folders that must be read-only for it and are not by themselves. */
  readonly guards: readonly string[];
}

export interface LauncherPool {
  /** How launchers are isolated here; starts the first one. */
  mode(): Promise<IsolationMode>;
  enqueue(order: Order): void;
  /** Takes an order back that no launcher was given yet; false where it is too late. */
  withdraw(token: string): boolean;
  /** Lets every launcher go. Those with a task end after it; those without have ended when this resolves. */
  close(): Promise<void>;
}

export interface LauncherPoolOptions {
  readonly workFolder: string;
  readonly wrapper: string;
  readonly slots: number;
  readonly modes: readonly IsolationMode[] | undefined;
  readonly guards: readonly string[];
  readonly onHandedOver: (order: Order, launcher: Launcher) => void;
  readonly onEnded: (order: Order, record: string) => void;
  /** The launcher could not begin: somebody else had decided over the attempt, or its files cannot be made. */
  readonly onDeclined: (order: Order) => void;
  /** The launcher is gone and said nothing. */
  readonly onGone: (order: Order, launcher: Launcher) => void;
  /** No launcher can be had for it. */
  readonly onRefused: (order: Order, why: string) => void;
}

/**
 * Up to `slots` launchers, started when there is work for them. A launcher's read-only folders are fixed when it starts; when an input lies in
 * a temporary folder that none guards yet, an idle launcher is exchanged for one that does.
 */
export function launcherPool(options: LauncherPoolOptions): LauncherPool {
  const guards = new Set(options.guards);
  const queue: Order[] = [];
  const idle: Launcher[] = [];
  const busy = new Map<Launcher, Order>();
  const beginning = new Set<Promise<Launcher | undefined>>();
  let starting = 0;
  let closed = false;
  let settled: Promise<IsolationMode> | undefined;

  async function settle(): Promise<IsolationMode> {
    for (const mode of options.modes ?? isolationModes()) {
      const launcher = await start(mode);
      if (launcher === undefined) continue;
      idle.push(launcher);
      return mode;
    }
    throw new Error('no launcher shell could be started; is bash installed?');
  }

  async function start(mode: IsolationMode): Promise<Launcher | undefined> {
    const made = startOne(mode);
    beginning.add(made);
    try {
      return await made;
    } finally {
      beginning.delete(made);
    }
  }

  async function startOne(mode: IsolationMode): Promise<Launcher | undefined> {
    let launcher: Launcher | undefined;
    const started = await startLauncher({
      workFolder: options.workFolder,
      wrapper: options.wrapper,
      mode,
      guarded: new Set(guards),
      onReport: (report) => launcher !== undefined && hear(launcher, report),
    });
    launcher = started;
    return started;
  }

  function hear(launcher: Launcher, report: LauncherReport): void {
    const order = busy.get(launcher);
    busy.delete(launcher);
    if (report.kind === 'gone') {
      const at = idle.indexOf(launcher);
      if (at >= 0) idle.splice(at, 1);
      if (order !== undefined) options.onGone(order, launcher);
    } else {
      if (closed) launcher.abandon();
      else idle.push(launcher);
    }
    feed();
    if (order === undefined) return;
    if (report.kind === 'ended') options.onEnded(order, report.record);
    else if (report.kind === 'refused') options.onDeclined(order);
  }

  function feed(): void {
    while (!closed) {
      const next = queue[0];
      if (next === undefined) return;
      const at = idle.findLastIndex((launcher) => next.guards.every((guard) => launcher.guarded.has(guard)));
      const launcher = idle[at];
      if (launcher === undefined) {
        for (const guard of next.guards) guards.add(guard);
        if (idle.length > 0) idle.shift()?.letGo();
        if (idle.length + busy.size + starting < options.slots && starting < queue.length) void more();
        return;
      }
      idle.splice(at, 1);
      queue.shift();
      busy.set(launcher, next);
      launcher.order(next.token, next.directory);
      options.onHandedOver(next, launcher);
    }
  }

  async function more(): Promise<void> {
    starting++;
    try {
      const launcher = await start(await mode());
      if (launcher === undefined) throw new Error('a launcher shell did not start');
      if (closed) launcher.abandon();
      else idle.push(launcher);
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      if (idle.length + busy.size + starting <= 1) for (const order of queue.splice(0)) options.onRefused(order, why);
    } finally {
      starting--;
    }
    feed();
  }

  function mode(): Promise<IsolationMode> {
    settled ??= settle();
    return settled;
  }

  return {
    mode,
    enqueue(order) {
      queue.push(order);
      feed();
      // One more than waits is of no use; each waiting order asks for its own.
      if (queue.length > starting && idle.length === 0 && busy.size + starting < options.slots && !closed) void more();
    },
    withdraw(token) {
      const at = queue.findIndex((order) => order.token === token);
      if (at < 0) return false;
      queue.splice(at, 1);
      return true;
    },
    async close() {
      closed = true;
      for (const launcher of busy.keys()) launcher.abandon();
      const begun = await Promise.all([...beginning].map((one) => one.catch(() => undefined)));
      const leaving = [...idle.splice(0), ...begun.filter((launcher) => launcher !== undefined)];
      for (const launcher of leaving) launcher.letGo();
      // Whoever looks after the command is over shall find nothing of it; a shell that hangs must not hang the command.
      const patience = new AbortController();
      await Promise.race([
        Promise.all(leaving.map((launcher) => launcher.ended)),
        delay(closePatienceMs, undefined, { signal: patience.signal }).catch(() => undefined),
      ]);
      patience.abort();
      for (const launcher of leaving) launcher.abandon();
    },
  };
}

const closePatienceMs = 3000;
