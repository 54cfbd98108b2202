import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { attestationConditions } from '../../../src/services/kms/recipient.ts';

describe('condition keys of an attested recipient', () => {
  const pcrs = new Map([
    [0, Buffer.alloc(48, 0xab)],
    [8, Buffer.alloc(32)],
  ]);

  it('are the registers and the image of an enclave, in lower-case hex', () => {
    assert.deepEqual(attestationConditions({ platform: 'NitroEnclave', pcrs }), {
      'kms:RecipientAttestation:ImageSha384': 'ab'.repeat(48),
      'kms:RecipientAttestation:PCR0': 'ab'.repeat(48),
      'kms:RecipientAttestation:PCR8': '00'.repeat(32),
    });
  });

  it('have other names for a NitroTPM, so that one platform cannot pass for the other', () => {
    assert.deepEqual(attestationConditions({ platform: 'NitroTPM', pcrs }), {
      'kms:RecipientAttestation:NitroTPMPCR0': 'ab'.repeat(48),
      'kms:RecipientAttestation:NitroTPMPCR8': '00'.repeat(32),
    });
  });
});
