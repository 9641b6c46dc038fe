import { S3Client, type S3ClientConfig } from '@aws-sdk/client-s3';
import type { Credential, Credentials } from '../../credentials/credential.ts';
import type { Environment } from '../../credentials/from-environment.ts';
import { remember, Secret } from '../../credentials/secret.ts';
import { remoteProblem } from '../problem.ts';
import type { RemoteSettings } from '../settings.ts';

export interface S3Parts {
  readonly credentials: Credentials;
  readonly settings: RemoteSettings;
  readonly environment: Environment;
}

export interface S3Access {
  readonly client: S3Client;
  /** `undefined`: as nobody, which public buckets are open to. */
  readonly credential: Credential | undefined;
  /** Where requests go, for messages. */
  readonly host: string;
}

/** A client for one bucket: each may have a credential of its own. */
export async function s3Client(bucket: string, parts: S3Parts): Promise<S3Access> {
  const { settings, environment } = parts;
  const endpoint =
    settings.s3Endpoint ?? nonEmpty(environment.AWS_ENDPOINT_URL_S3) ?? nonEmpty(environment.AWS_ENDPOINT_URL);
  if (endpoint !== undefined && URL.parse(endpoint) === null)
    throw remoteProblem(
      'address',
      `s3://${bucket}`,
      `The endpoint of object stores is no web address: ${endpoint}`,
      'Set `s3.endpoint` to something like `https://minio.lab.org`.',
    );
  const shared: S3ClientConfig = {
    ...(endpoint !== undefined && { endpoint }),
    forcePathStyle: settings.s3PathStyle ?? endpoint !== undefined,
    // Other servers than Amazon's know no checksums in trailers. What is put has an MD5 with it, which all of them check.
    requestChecksumCalculation: 'WHEN_REQUIRED',
    responseChecksumValidation: 'WHEN_REQUIRED',
    followRegionRedirects: true,
    // Tries again are made by `again`, for all places alike.
    maxAttempts: 1,
  };
  const region = settings.s3Region ?? nonEmpty(environment.AWS_REGION) ?? nonEmpty(environment.AWS_DEFAULT_REGION);
  const asked = new S3Client({ ...shared, ...(region !== undefined && { region }) });
  try {
    const base = { ...shared, region: region ?? (await asked.config.region().catch(() => 'us-east-1')) };
    const credential = (await parts.credentials.for(`s3://${bucket}`)) ?? (await sharedFiles(asked));
    const host = endpoint === undefined ? 'Amazon S3' : new URL(endpoint).host;
    return { client: new S3Client({ ...base, ...access(credential) }), credential, host };
  } finally {
    asked.destroy();
  }
}

/** What the SDK finds by itself: `~/.aws`, single sign-on, the machine's role. */
async function sharedFiles(client: S3Client): Promise<Credential | undefined> {
  try {
    const found = await client.config.credentials();
    return {
      kind: 'keys',
      id: found.accessKeyId,
      key: new Secret(found.secretAccessKey),
      ...(found.sessionToken !== undefined && { session: new Secret(found.sessionToken) }),
      from: 'the shared files of AWS',
    };
  } catch {
    return undefined;
  }
}

function access(credential: Credential | undefined): Pick<S3ClientConfig, 'credentials' | 'signer'> {
  if (credential?.kind === 'keys') {
    const { id, key, session } = credential;
    remember(key.reveal());
    return {
      credentials: {
        accessKeyId: id,
        secretAccessKey: key.reveal(),
        ...(session !== undefined && { sessionToken: session.reveal() }),
      },
    };
  }
  // Unsigned, as a browser would ask.
  return {
    credentials: { accessKeyId: '', secretAccessKey: '' },
    signer: { sign: async (request) => request },
  };
}

const nonEmpty = (text: string | undefined): string | undefined => (text === '' ? undefined : text);
