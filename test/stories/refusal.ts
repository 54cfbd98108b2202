/** What a refused call threw. */
import assert from 'node:assert/strict';
import { KMSServiceException } from '@aws-sdk/client-kms';

/** @throws AssertionError when the call succeeds, and whatever else was thrown than an answer of the service */
export async function refusal(call: Promise<unknown>): Promise<KMSServiceException> {
  try {
    await call;
  } catch (error) {
    if (error instanceof KMSServiceException) return error;
    throw error;
  }
  return assert.fail('the call was expected to be refused');
}
