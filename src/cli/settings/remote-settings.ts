import type { RemoteSettings } from '../../data/remote/settings.ts';
import type { SettingValues } from './table.ts';

/** How other places are reached by these settings. */
export function remoteSettings(
  values: Pick<SettingValues, 's3.endpoint' | 's3.region' | 's3.path_style' | 'omero.server' | 'omero.importer'>,
): RemoteSettings {
  const pathStyle = values['s3.path_style'];
  return {
    s3Endpoint: values['s3.endpoint'],
    s3Region: values['s3.region'],
    omeroServer: values['omero.server'],
    omeroImporter: values['omero.importer'],
    s3PathStyle: pathStyle === undefined ? undefined : pathStyle === 'true',
  };
}
