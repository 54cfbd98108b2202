/** A minimal client of our own KMS endpoint: what the first start needs, signed like any client's request. */
import type { KmsOperations } from '../aws/generated/kms.ts';
import { postSigned } from './signed-post.ts';
import type { Endpoint } from './signed-post.ts';

const THROTTLED = 'ThrottlingException';
const RETRY_MS = 250;
const TRIES = 60;

/** Calls one operation, again when the account's request quota is used up. @throws Error naming the error code */
export async function callKms<N extends keyof KmsOperations>(
  endpoint: Endpoint,
  operation: N,
  input: KmsOperations[N]['input'],
): Promise<unknown> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await callOnce(endpoint, operation, input);
    } catch (error) {
      if (tries === TRIES || !(error as Error).message.endsWith(THROTTLED)) throw error;
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}

async function callOnce<N extends keyof KmsOperations>(
  endpoint: Endpoint,
  operation: N,
  input: KmsOperations[N]['input'],
): Promise<unknown> {
  const { status, text } = await postSigned(endpoint, {
    service: 'kms',
    headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': `TrentService.${operation}` },
    body: JSON.stringify(input),
  });
  const answer = JSON.parse(text || '{}') as { __type?: string };
  if (status === 200) return answer;
  throw new Error(`${operation}: ${answer.__type ?? status}`);
}
