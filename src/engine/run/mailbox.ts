/** Where everything that happens meets the run's one loop: many post, one waits and takes all that came. */
export interface Mailbox<T> {
  post(message: T): void;
  /** All messages since the last call, at least one, unless `milliseconds` pass first. */
  take(milliseconds: number | undefined): Promise<readonly T[]>;
  /** What is there, without waiting. */
  takeNow(): readonly T[];
  readonly isEmpty: boolean;
}

export function createMailbox<T>(): Mailbox<T> {
  let messages: T[] = [];
  let waiting: (() => void) | undefined;
  return {
    post(message) {
      messages.push(message);
      waiting?.();
    },
    async take(milliseconds) {
      if (messages.length === 0) {
        await new Promise<void>((resolve) => {
          const timer = milliseconds === undefined ? undefined : setTimeout(done, milliseconds);
          function done(): void {
            clearTimeout(timer);
            waiting = undefined;
            resolve();
          }
          waiting = done;
        });
      }
      return this.takeNow();
    },
    get isEmpty() {
      return messages.length === 0;
    },
    takeNow() {
      const taken = messages;
      messages = [];
      return taken;
    },
  };
}
