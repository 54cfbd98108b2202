/**
 * The id of an external key: which KMS key, and the derivation key that it wrapped. There is no other place where the
 * derivation key is kept, so that there is nothing to lose beside the id itself.
 *
 *     <id of the KMS key> . <wrapped derivation key, 40 bytes, base64url>
 */
export interface ExternalKeyId {
  keyId: string;
  /** Wrapped under the KMS key; 40 bytes. */
  derivationKey: Buffer;
}

const FORM = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.([A-Za-z0-9_-]{54})$/;

export function formatExternalKeyId({ keyId, derivationKey }: ExternalKeyId): string {
  return `${keyId}.${derivationKey.toString('base64url')}`;
}

/** @returns undefined for what is no such id, or not in its one form */
export function parseExternalKeyId(text: string): ExternalKeyId | undefined {
  const [, keyId, encoded] = FORM.exec(text) ?? [];
  if (keyId === undefined || encoded === undefined) return undefined;
  const id = { keyId, derivationKey: Buffer.from(encoded, 'base64url') };
  return formatExternalKeyId(id) === text ? id : undefined;
}
