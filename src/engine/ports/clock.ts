/** The engine's only way to know the time, so that tests decide it. */
export interface Clock {
  /** ISO 8601 UTC with milliseconds. */
  now(): string;
  /** Monotonic. */
  milliseconds(): number;
  /** Resolves after the delay, or at once when aborted. */
  delay(milliseconds: number, signal: AbortSignal): Promise<void>;
}
