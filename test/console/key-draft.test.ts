/** What the console's wizard makes a key of. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import {
  EMPTY,
  inputOf,
  storeProblem,
  withKind,
  withOrigin,
  withUsage,
} from '../../console/src/keys/create/draft.ts';
import type { Draft } from '../../console/src/keys/create/draft.ts';

const ACCOUNT = '111122223333';
const EXTERNAL: Draft = {
  ...withOrigin(EMPTY, 'EXTERNAL_KEY_STORE'),
  customKeyStoreId: 'cks-1',
  externalKeyId: ' key-1 ',
};

describe("the wizard's draft of a key", () => {
  it('names store and external key of a key in an external key store', () => {
    const { Origin, CustomKeyStoreId, XksKeyId, MultiRegion } = inputOf(EXTERNAL, ACCOUNT);
    assert.deepEqual(
      { Origin, CustomKeyStoreId, XksKeyId, MultiRegion },
      { Origin: 'EXTERNAL_KEY_STORE', CustomKeyStoreId: 'cks-1', XksKeyId: 'key-1', MultiRegion: false },
    );
  });

  it('names no external key of one in an HSM cluster, and neither of one in the built-in store', () => {
    const inHsms = inputOf({ ...EXTERNAL, origin: 'AWS_CLOUDHSM' }, ACCOUNT);
    assert.equal(inHsms.CustomKeyStoreId, 'cks-1');
    assert.ok(!('XksKeyId' in inHsms));
    const builtIn = inputOf(withOrigin(EXTERNAL, 'AWS_KMS'), ACCOUNT);
    assert.ok(!('CustomKeyStoreId' in builtIn) && !('XksKeyId' in builtIn));
  });

  it('forgets the store with another origin, whose stores are others, and several Regions in a store', () => {
    assert.equal(withOrigin(EXTERNAL, 'AWS_CLOUDHSM').customKeyStoreId, '');
    assert.equal(withOrigin({ ...EMPTY, multiRegion: true }, 'EXTERNAL_KEY_STORE').multiRegion, false);
    assert.equal(withOrigin({ ...EMPTY, multiRegion: true }, 'EXTERNAL').multiRegion, true);
  });

  it('leaves a custom key store when the key is no AES key any more', () => {
    assert.equal(withKind(EXTERNAL, 'asymmetric').origin, 'AWS_KMS');
    assert.equal(withUsage(EXTERNAL, 'GENERATE_VERIFY_MAC').origin, 'AWS_KMS');
    assert.equal(withUsage(EXTERNAL, 'ENCRYPT_DECRYPT').origin, 'EXTERNAL_KEY_STORE');
  });

  it('says what is missing for a custom key store', () => {
    assert.equal(storeProblem(EMPTY), undefined);
    assert.equal(storeProblem(EXTERNAL), undefined);
    assert.match(storeProblem({ ...EXTERNAL, customKeyStoreId: '' }) ?? '', /Choose the custom key store/);
    assert.match(storeProblem({ ...EXTERNAL, externalKeyId: ' ' }) ?? '', /Give the id/);
    assert.match(storeProblem({ ...EXTERNAL, externalKeyId: 'a/b' }) ?? '', /up to 128/);
    assert.match(storeProblem({ ...EXTERNAL, externalKeyId: 'a'.repeat(129) }) ?? '', /up to 128/);
    assert.equal(storeProblem({ ...EXTERNAL, origin: 'AWS_CLOUDHSM', externalKeyId: '' }), undefined);
  });
});
