/**
 * Encrypt, with the promise that is asked for with it. "KMS interprets a match as assurance from the XKS Proxy that a subsequent decrypt call
 * […] will succeed": a data key whose ciphertext was damaged on its way out of the HSM is lost, and nobody would notice before it is needed.
 */
import { timingSafeEqual } from 'node:crypto';
import { integrityValue } from '../xks/protocol.ts';
import type { ProxyCiphertext } from '../xks/protocol.ts';
import { ClavigerRefused } from './claviger.ts';
import type { Claviger } from './claviger.ts';
import type { EncryptRequest } from './requests.ts';

export interface Encrypted extends ProxyCiphertext {
  /** When it was asked for: this ciphertext was opened again. */
  readonly integrity: Buffer | undefined;
}

/** @throws NoAnswer, ClavigerRefused */
export async function encrypt(
  claviger: Claviger,
  xksKeyId: string,
  request: EncryptRequest,
): Promise<Encrypted> {
  const until = performance.now() + claviger.timeoutMilliseconds;
  const message = await claviger.encrypt(xksKeyId, request);
  if (!request.integrity) return { ...message, integrity: undefined };
  // before it is opened: what is damaged after that does not fit the value any more (specification, appendix C)
  const integrity = integrityValue(request.aad, message);
  const { onBehalfOf, aad, plaintext } = request;
  const left = until - performance.now();
  const opened = await claviger.decrypt(xksKeyId, { onBehalfOf, aad, message }, left).catch(notOpened);
  if (opened === undefined || !timingSafeEqual(opened, plaintext))
    throw new ClavigerRefused('DamagedCiphertext', 'what was encrypted does not open');
  return { ...message, integrity };
}

/** That a ciphertext of KMS is wrong would be no answer to Encrypt. */
function notOpened(error: unknown): undefined {
  if (error instanceof ClavigerRefused && error.code === 'InvalidCiphertextException') return undefined;
  throw error;
}
