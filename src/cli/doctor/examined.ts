/** One thing that was looked at, for `bit doctor`. */
export interface Examined {
  readonly name: string;
  /** `weak`: it works, and could be better. */
  readonly state: 'ok' | 'weak' | 'missing';
  /** Without it no pipeline runs. */
  readonly needed: boolean;
  /** What is there, or what its absence means. */
  readonly found: string;
  readonly install?: string;
}

/** How long one question may take: what does not answer by then is said not to answer. */
export const patience = 3000;

/** What `asked` comes to, or `otherwise` where it takes too long. */
export async function inTime<T>(asked: Promise<T>, otherwise: T, milliseconds = patience): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<T>((resolve) => {
    timer = setTimeout(() => resolve(otherwise), milliseconds);
  });
  try {
    return await Promise.race([asked, late]);
  } finally {
    clearTimeout(timer);
  }
}
