/** What settings say about other places. Absent: as the environment and the places' own files say. */
export interface RemoteSettings {
  /** An object store other than Amazon's: `https://minio.lab.org`. */
  readonly s3Endpoint: string | undefined;
  readonly s3Region: string | undefined;
  /** `https://host/bucket/key` instead of `https://bucket.host/key`; unless said, where there is an endpoint. */
  readonly s3PathStyle: boolean | undefined;
  /** The image server of addresses that name none: `omero.lab.org`. */
  readonly omeroServer?: string | undefined;
  /** A command that makes an image there of a file that is published, as an argument vector; `{dataset}` in it is the number of the dataset. */
  readonly omeroImporter?: readonly string[] | undefined;
}
