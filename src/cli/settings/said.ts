import type { ReadSetting } from './forms.ts';

/** That somebody said something about a setting. */
export interface Said {
  /** `built in`, `/etc/bitflow.toml`, `bit.toml [profile.cluster]`, `BIT_CPUS`, `--cpus`. */
  readonly by: string;
  readonly text: string;
  readonly value: Extract<ReadSetting, { readonly ok: true }>['value'];
}
