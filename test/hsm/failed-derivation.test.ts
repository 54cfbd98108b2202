/** A module that derives no keys, which SoftHSM always does: what the HSM process says of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { DerivedCipher } from '../../src/hsm/derived-keys.ts';
import type { KeyRecord } from '../../src/hsm/key-table.ts';
import type { PartitionSession } from '../../src/hsm/partition-session.ts';
import type { RandomPool } from '../../src/hsm/randomness.ts';
import { Pkcs11Failure } from '../../src/pkcs11/errors.ts';
import { outcome } from './fixture.ts';

const CKR_GENERAL_ERROR = 0x05;
const CKR_MECHANISM_INVALID = 0x70;

/** @param value CK_RV of C_DeriveKey */
function cipherWithout(value: number): DerivedCipher {
  const calls = {
    C_CloseSession: () => {},
    C_OpenSession: () => Buffer.alloc(8),
    C_UnwrapKey: () => Buffer.alloc(8),
    C_DeriveKey: () => {
      throw new Pkcs11Failure(value);
    },
  };
  const session = { module: { calls }, slot: Buffer.alloc(8) } as unknown as PartitionSession;
  return new DerivedCipher(session, { fill: () => {} } as unknown as RandomPool);
}

describe('a module that fails to derive a key', () => {
  const key = { ref: 'r'.repeat(16), handle: Buffer.alloc(8) } as KeyRecord;
  const wrapped = Buffer.alloc(40);
  const nothing = Buffer.alloc(0);

  for (const value of [CKR_GENERAL_ERROR, CKR_MECHANISM_INVALID])
    it(`is to blame itself, and no ciphertext is (CKR ${value})`, async () => {
      const cipher = cipherWithout(value);
      const opened = async (): Promise<Buffer> => cipher.open(key, wrapped, nothing, Buffer.alloc(100));
      const sealed = async (): Promise<Buffer> => cipher.seal(key, wrapped, nothing, Buffer.alloc(1));
      assert.equal(await outcome(opened()), 'MODULE_FAILED');
      assert.equal(await outcome(sealed()), 'MODULE_FAILED');
    });
});
