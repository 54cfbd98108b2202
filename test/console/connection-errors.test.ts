/** What the console says of a connection that failed. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConnectionErrorCodeType } from '@aws-sdk/client-kms';
import type { CustomKeyStoreType } from '@aws-sdk/client-kms';
import { connectionFailure } from '../../console/src/key-stores/connection-errors.ts';

const meaning = (type: CustomKeyStoreType, code: ConnectionErrorCodeType): string | undefined =>
  connectionFailure({ CustomKeyStoreType: type, ConnectionErrorCode: code })?.meaning;

describe('the explanation of a connection that failed', () => {
  it('is there for each code of external key stores, and not that of a cluster', () => {
    const codes = Object.values(ConnectionErrorCodeType).filter((code) => code.startsWith('XKS_'));
    assert.ok(codes.length >= 8);
    for (const code of [...codes, 'INTERNAL_ERROR', 'INVALID_CREDENTIALS', 'NETWORK_ERRORS'] as const)
      assert.ok(meaning('EXTERNAL_KEY_STORE', code), code);
    assert.match(meaning('EXTERNAL_KEY_STORE', 'INVALID_CREDENTIALS') ?? '', /proxy/);
    assert.match(meaning('AWS_CLOUDHSM', 'INVALID_CREDENTIALS') ?? '', /kmsuser/);
  });

  it('is none where nothing failed', () => {
    assert.equal(connectionFailure({ CustomKeyStoreType: 'EXTERNAL_KEY_STORE' }), undefined);
  });
});
