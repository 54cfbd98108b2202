/** A bucket of Amazon S3 or of a service that speaks its API. */
import { readFileSync } from 'node:fs';
import type { S3Client } from '@aws-sdk/client-s3';
import type { Bucket } from './bucket.ts';

export interface S3Options {
  bucket: string;
  endpoint: string | undefined;
  region: string;
  /** JSON file with accessKeyId and secretAccessKey; read again now and then, so that it may be replaced. */
  credentials: string;
  pathStyle: boolean;
}

/** Deadlines of one attempt, milliseconds. */
const CONNECT_MS = 5_000;
const REQUEST_MS = 30_000;
const ATTEMPTS = 3;
/** After this time the file with the credentials is read again. */
const CREDENTIALS_MS = 900_000;

export function s3Bucket(options: S3Options): Bucket {
  let client: Promise<S3Client> | undefined;
  return {
    async put(key, body, metadata) {
      const { PutObjectCommand } = await import('@aws-sdk/client-s3');
      client ??= makeClient(options);
      await (
        await client
      ).send(
        new PutObjectCommand({
          Bucket: options.bucket,
          Key: key,
          Body: body,
          ContentType: 'application/json',
          ContentEncoding: 'gzip',
          Metadata: { ...metadata },
        }),
      );
    },
  };
}

/** The SDK is large: it is loaded by those who have such a bucket. */
async function makeClient({ endpoint, region, credentials, pathStyle }: S3Options): Promise<S3Client> {
  const { S3Client } = await import('@aws-sdk/client-s3');
  return new S3Client({
    ...(endpoint !== undefined && { endpoint }),
    region,
    forcePathStyle: pathStyle,
    maxAttempts: ATTEMPTS,
    requestChecksumCalculation: 'WHEN_REQUIRED', // services other than Amazon's do not know all of them
    requestHandler: { connectionTimeout: CONNECT_MS, requestTimeout: REQUEST_MS },
    credentials: async () => {
      const { accessKeyId, secretAccessKey } = JSON.parse(readFileSync(credentials, 'utf8')) as {
        accessKeyId: string;
        secretAccessKey: string;
      };
      return { accessKeyId, secretAccessKey, expiration: new Date(Date.now() + CREDENTIALS_MS) };
    },
  });
}
