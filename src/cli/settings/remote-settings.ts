import type { RemoteSettings } from '../../data/remote/settings.ts';
import type { SettingValues } from './table.ts';

/** How other places are reached by these settings. */
export function remoteSettings(
  values: Pick<SettingValues, 's3.endpoint' | 's3.region' | 's3.path_style'>,
): RemoteSettings {
  const pathStyle = values['s3.path_style'];
  return {
    s3Endpoint: values['s3.endpoint'],
    s3Region: values['s3.region'],
    s3PathStyle: pathStyle === undefined ? undefined : pathStyle === 'true',
  };
}
