import type { RemoteProblem } from '../../../engine/ports/remote.ts';
import type { Credentials } from '../../credentials/credential.ts';
import { localProblem, MayPass, mayPass, remoteProblem } from '../problem.ts';
import type { S3Access } from './s3-client.ts';

interface Asked {
  readonly uri: string;
  readonly access: S3Access;
  readonly credentials: Credentials;
}

/** What an object store or the way to it said, as one of ours. */
export function s3Problem(error: unknown, asked: Asked): unknown {
  if (!(error instanceof Error) || error.name === 'RemoteProblem' || error instanceof MayPass) return error;
  const { uri, access } = asked;
  const local = 'path' in error ? localProblem(uri, error) : undefined;
  if (local !== undefined) return local;
  const status = statusOf(error);
  const said = `${access.host} answers ${wordsOf(error, status)} for ${uri}`;
  const who = access.credential === undefined ? 'nobody in particular' : `what was found in ${access.credential.from}`;
  switch (error.name) {
    case 'NoSuchKey':
    case 'NotFound':
      return remoteProblem('missing', uri, `${uri} is not there: ${said}`, 'Check the address.');
    case 'NoSuchBucket':
      return remoteProblem(
        'missing',
        uri,
        `There is no bucket ${bucketOf(uri)} at ${access.host}`,
        'Check its name, and the setting `s3.endpoint`.',
      );
    case 'InvalidAccessKeyId':
    case 'SignatureDoesNotMatch':
    case 'ExpiredToken':
    case 'InvalidToken':
    case 'TokenRefreshRequired':
    case 'AuthorizationHeaderMalformed':
      return remoteProblem('credentials', uri, `${said} and does not accept ${who}`, asked.credentials.help(uri));
    case 'AccessDenied':
    case 'Forbidden':
      return denied();
    case 'PreconditionFailed':
    case 'ConditionalRequestConflict':
      return remoteProblem('changed', uri, `${uri} is not what it was: ${said}`, 'Look at what is there now.');
    case 'InsufficientStorage':
    case 'QuotaExceeded':
    case 'XMinioStorageFull':
    case 'EntityTooLarge':
      return remoteProblem(
        'full',
        uri,
        `There is no room for ${uri}: ${said}`,
        'Ask the owner of the bucket for room.',
      );
    case 'NotImplemented':
      return remoteProblem('unsupported', uri, said, 'This object store does not do that.');
    case 'SlowDown':
    case 'RequestTimeout':
    case 'BadDigest':
    case 'InternalError':
    case 'ServiceUnavailable':
      return mayPass(uri, said);
    default:
  }
  if (status === 403) return denied();
  if (status === 404) return remoteProblem('missing', uri, `${uri} is not there: ${said}`, 'Check the address.');
  if (status === 412 || status === 409)
    return remoteProblem('changed', uri, `${uri} is not what it was: ${said}`, 'Look at what is there now.');
  if (status !== undefined && (status === 429 || status >= 500))
    return mayPass(uri, said, { afterMs: retryAfter(error) });
  const code = codes(error).find((one) => one !== '');
  if (code === 'ENOTFOUND')
    return remoteProblem(
      'unreachable',
      uri,
      `There is no host for ${uri}: ${error.message}`,
      'Check the bucket, the setting `s3.endpoint`, and whether this machine is connected.',
    );
  if (code !== undefined && /CERT|SELF_SIGNED|UNABLE_TO_/u.test(code))
    return remoteProblem(
      'unreachable',
      uri,
      `${access.host} cannot prove who it is: ${error.message}`,
      'Nothing was sent. Where the certificate is one of your own house, name its file in NODE_EXTRA_CA_CERTS.',
    );
  if (code !== undefined || error.name === 'TimeoutError')
    return mayPass(uri, `The connection to ${access.host} broke, for ${uri} (${code ?? error.name})`);
  return remoteProblem('failed', uri, said, 'Check the address, and the settings of `s3`.');

  function denied(): RemoteProblem {
    return access.credential === undefined
      ? remoteProblem(
          'credentials',
          uri,
          `${uri} is not for everybody, and no credential was found: ${said}`,
          asked.credentials.help(uri),
        )
      : remoteProblem('denied', uri, `${said} to ${who}`, 'Ask the owner of the bucket for access.');
  }
}

/** As the store says it, on one line. What is no answer of an object store at all is not repeated: it is the page of some other server. */
function wordsOf(error: Error, status: number | undefined): string {
  if (error.message.includes('Deserialization error'))
    return `${status ?? ''} with what is no answer of an object store`.trim();
  const [line = ''] = error.message.split('\n');
  const name = ['Unknown', 'Error'].includes(error.name) ? '' : error.name;
  const code = [status === undefined ? '' : String(status), name].filter((word) => word !== '').join(' ');
  const more = ['', 'UnknownError', error.name].includes(line) ? '' : `, "${line}",`;
  return `${code === '' ? error.name : code}${more}`;
}

export function statusOf(error: Error): number | undefined {
  if (!('$metadata' in error)) return undefined;
  const metadata = error.$metadata;
  if (typeof metadata !== 'object' || metadata === null || !('httpStatusCode' in metadata)) return undefined;
  return typeof metadata.httpStatusCode === 'number' ? metadata.httpStatusCode : undefined;
}

function retryAfter(error: Error): number | undefined {
  if (!('$retryable' in error) && !('$response' in error)) return undefined;
  const response = '$response' in error ? error.$response : undefined;
  if (typeof response !== 'object' || response === null || !('headers' in response)) return undefined;
  const headers = response.headers;
  if (typeof headers !== 'object' || headers === null || !('retry-after' in headers)) return undefined;
  const seconds = Number(headers['retry-after']);
  return Number.isFinite(seconds) ? seconds * 1000 : undefined;
}

function codes(error: Error): string[] {
  const inner = error instanceof AggregateError ? error.errors.filter((one): one is Error => one instanceof Error) : [];
  return [
    'code' in error ? String(error.code) : '',
    ...inner.flatMap(codes),
    ...(error.cause instanceof Error ? codes(error.cause) : []),
  ];
}

const bucketOf = (uri: string): string => uri.split('/')[2] ?? uri;
