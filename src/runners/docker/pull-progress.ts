/** One line of what the daemon says while it fetches an image. */
export interface PullLine {
  readonly status?: string;
  /** The layer it is about. */
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
  readonly error?: string;
}

export interface PullProgress {
  /** Takes a line, and says what is worth saying: nothing most of the time, since a daemon speaks of every chunk of every layer. */
  hear(line: PullLine): string | undefined;
}

/** Layers added up; a line for each tenth of what is known to come, and none twice. */
export function pullProgress(name: string): PullProgress {
  const layers = new Map<string, { current: number; total: number; done: boolean }>();
  const told = { bytes: -1, layers: 0 };
  return {
    hear({ status, id, progressDetail }) {
      if (id === undefined || status === undefined || status.startsWith('Pulling from')) return undefined;
      let layer = layers.get(id);
      if (layer === undefined) {
        layer = { current: 0, total: 0, done: false };
        layers.set(id, layer);
      }
      if (status === 'Downloading') {
        layer.current = progressDetail?.current ?? layer.current;
        layer.total = progressDetail?.total ?? layer.total;
      } else if (status === 'Download complete' || status === 'Pull complete' || status === 'Already exists') {
        layer.current = layer.total;
        layer.done = true;
      }
      let current = 0;
      let total = 0;
      let done = 0;
      for (const each of layers.values()) {
        current += each.current;
        total += each.total;
        if (each.done) done += 1;
      }
      // A daemon says no sizes of layers that arrive within moments.
      const inBytes = total > 0;
      const tenth = Math.floor((inBytes ? current / total : done / layers.size) * 10);
      const last = inBytes ? told.bytes : told.layers;
      if (tenth <= last) return undefined;
      told[inBytes ? 'bytes' : 'layers'] = tenth;
      const bytes = inBytes ? `${inMegabytes(current)} of ${inMegabytes(total)} MB, ` : '';
      return `${name}: ${bytes}${done} of ${layers.size} layers`;
    },
  };
}

const inMegabytes = (bytes: number): string => (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
