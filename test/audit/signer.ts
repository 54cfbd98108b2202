/** Keys that sign the trail in tests. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { fingerprintOf } from '../../src/audit/public-keys.ts';
import type { PublicAuditKey } from '../../src/audit/public-keys.ts';
import type { LineSigner } from '../../src/audit/signed-line.ts';

export interface Signer extends LineSigner {
  published: PublicAuditKey;
}

export function newSigner(purpose: PublicAuditKey['purpose'] = 'checkpoint'): Signer {
  const { privateKey, publicKey } =
    purpose === 'digest'
      ? generateKeyPairSync('rsa', { modulusLength: 2048 })
      : generateKeyPairSync('ed25519');
  const spki = publicKey.export({ format: 'der', type: 'spki' });
  const fingerprint = fingerprintOf(purpose, spki);
  return {
    fingerprint,
    sign: async (message) => sign(purpose === 'digest' ? 'sha256' : null, message, privateKey),
    published: {
      fingerprint,
      purpose,
      region: purpose === 'digest' ? 'us-east-1' : null,
      publicKey: spki.toString('base64'),
      validFrom: '2026-01-01T00:00:00Z',
      validTo: '2027-01-01T00:00:00Z',
    },
  };
}
