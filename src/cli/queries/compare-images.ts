/** How the pixels of two images differ; `same` when all agree, whatever the files' bytes are. */
export interface ImageDifference {
  readonly same: boolean;
  readonly text: string;
}

/** TIFF pages one after the other. `undefined` where the pixels cannot be read. */
export async function compareTiffs(paths: readonly [string, string]): Promise<ImageDifference | undefined> {
  const { fromFile } = await import('geotiff');
  const files = [await fromFile(paths[0]), await fromFile(paths[1])] as const;
  try {
    const counts = [await files[0].getImageCount(), await files[1].getImageCount()] as const;
    if (counts[0] !== counts[1]) return { same: false, text: `${counts[0]} pages, then ${counts[1]}` };
    const total = { pixels: 0, differing: 0, largest: 0, sum: 0 };
    for (let page = 0; page < counts[0]; page++) {
      const [a, b] = [await files[0].getImage(page), await files[1].getImage(page)];
      const shapes = [a, b].map((image) =>
        [image.getHeight(), image.getWidth(), image.getSamplesPerPixel()].join(' × '),
      );
      if (shapes[0] !== shapes[1]) return { same: false, text: `page ${page + 1} is ${shapes[0]}, then ${shapes[1]}` };
      addPage(total, await a.readRasters({ interleave: true }), await b.readRasters({ interleave: true }));
    }
    if (total.differing === 0) return { same: true, text: 'the same pixels' };
    const share = ((100 * total.differing) / total.pixels).toPrecision(3);
    return {
      same: false,
      text: `${total.differing} of ${total.pixels} values differ (${Number(share)} %), by up to ${Number(total.largest.toPrecision(4))}, ${Number((total.sum / total.pixels).toPrecision(4))} on average`,
    };
  } catch {
    return undefined;
  } finally {
    for (const file of files) await file.close();
  }
}

type Total = { pixels: number; differing: number; largest: number; sum: number };

function addPage(total: Total, a: ArrayLike<number>, b: ArrayLike<number>): void {
  total.pixels += a.length;
  for (let at = 0; at < a.length; at++) {
    const [x, y] = [a[at] ?? 0, b[at] ?? 0];
    if (x === y || (Number.isNaN(x) && Number.isNaN(y))) continue;
    const distance = Math.abs(x - y);
    total.differing++;
    total.largest = Math.max(total.largest, distance);
    total.sum += distance;
  }
}
