/** What Ctrl-C and the like mean to a run: the first lets it drain, the second ends it, a third leaves at once. */
export interface Interruption {
  readonly drain: AbortSignal;
  readonly kill: AbortSignal;
  /** 130, 143 or 129 once something came; undefined before. */
  exitStatus(): 129 | 130 | 143 | undefined;
  close(): void;
}

export function listenForInterruption(options: {
  readonly onDrain: () => void;
  readonly onKill: () => void;
  /** The last thing before the process goes: leaves the terminal as it was. */
  readonly onLeave: () => void;
}): Interruption {
  const drain = new AbortController();
  const kill = new AbortController();
  let status: 129 | 130 | 143 | undefined;
  const hear = (name: keyof typeof statuses) => (): void => {
    if (status === undefined) {
      status = statuses[name];
      options.onDrain();
      drain.abort();
    } else if (!kill.signal.aborted) {
      options.onKill();
      kill.abort();
    } else {
      options.onLeave();
      process.exit(status);
    }
  };
  const listeners = (['SIGINT', 'SIGTERM', 'SIGHUP'] as const).map((name) => [name, hear(name)] as const);
  for (const [name, listener] of listeners) process.on(name, listener);
  return {
    drain: drain.signal,
    kill: kill.signal,
    exitStatus: () => status,
    close: () => {
      for (const [name, listener] of listeners) process.off(name, listener);
    },
  };
}

const statuses = { SIGHUP: 129, SIGINT: 130, SIGTERM: 143 } as const;
