import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import {
  aliasArn,
  formatArn,
  isAliasName,
  isKeyId,
  keyArn,
  parseArn,
  parseKeyIdentifier,
} from '../../src/aws/arn.ts';

const UUID = '1234abcd-12ab-34cd-56ef-1234567890ab';
const MRK = 'mrk-1234abcd12ab34cd56ef1234567890ab';
const home = { region: 'eu-central-1', account: '111122223333' };

describe('ARNs', () => {
  it('come back as they were written', () => {
    const part = fc.stringMatching(/^[a-z0-9-]*$/);
    fc.assert(
      fc.property(part, part, part, part, fc.string(), (partition, service, region, account, resource) => {
        const arn = { partition, service, region, account, resource };
        assert.deepEqual(parseArn(formatArn(arn)), arn);
      }),
    );
  });

  it('need six parts', () => {
    for (const text of ['', 'arn', 'arn:aws:kms:eu-central-1:1', `key/${UUID}`, ' arn:aws:kms:::x']) {
      assert.equal(parseArn(text), undefined, text);
    }
  });

  it('are built for keys and aliases of a region and an account', () => {
    assert.equal(keyArn(home, UUID), `arn:aws:kms:eu-central-1:111122223333:key/${UUID}`);
    assert.equal(aliasArn(home, 'alias/a'), 'arn:aws:kms:eu-central-1:111122223333:alias/a');
    assert.equal(
      keyArn({ ...home, partition: 'aws-cn' }, UUID),
      `arn:aws-cn:kms:eu-central-1:111122223333:key/${UUID}`,
    );
  });
});

describe('key identifiers', () => {
  it('are told apart by form', () => {
    assert.deepEqual(parseKeyIdentifier(UUID), { form: 'key-id', keyId: UUID, multiRegion: false });
    assert.deepEqual(parseKeyIdentifier(MRK), { form: 'key-id', keyId: MRK, multiRegion: true });
    assert.deepEqual(parseKeyIdentifier('alias/x'), { form: 'alias-name', aliasName: 'alias/x' });
    const key = parseKeyIdentifier(keyArn(home, MRK));
    assert.equal(key.form, 'key-arn');
    assert.ok(key.form === 'key-arn' && key.keyId === MRK && key.multiRegion && key.region === home.region);
    const alias = parseKeyIdentifier(aliasArn(home, 'alias/x'));
    assert.ok(alias.form === 'alias-arn' && alias.aliasName === 'alias/x' && alias.account === home.account);
  });

  it('are malformed where AWS answers Invalid keyId', () => {
    const recorded = ['fake-key-id', 'mrk-fake-key-id', '134f2428cec14b25a1ae9048164dba47', 'key_id'];
    for (const value of recorded) assert.deepEqual(parseKeyIdentifier(value), { form: 'malformed', value });
    assert.deepEqual(parseKeyIdentifier(keyArn(home, 'fake')), { form: 'malformed', value: 'fake' });
    for (const value of [`${UUID}\n`, ` ${UUID}`, `mrk-${UUID}`, `${MRK}0`]) {
      assert.equal(parseKeyIdentifier(value).form, 'malformed', value);
    }
  });

  it('are malformed ARNs when the ARN is of no KMS key', () => {
    for (const value of [
      'arn:aws:kms',
      `arn:aws:s3:eu-central-1:111122223333:key/${UUID}`,
      `arn:aws:kms:eu-central-1:1111:key/${UUID}`,
      `arn:aws:kms::111122223333:key/${UUID}`,
      `arn:aws:kms:eu-central-1:111122223333:${UUID}`,
    ]) {
      assert.deepEqual(parseKeyIdentifier(value), { form: 'malformed-arn', value });
    }
  });

  it('have one form each, whatever the text', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { form } = parseKeyIdentifier(text);
        assert.equal(form === 'key-id', isKeyId(text));
        if (isAliasName(text)) assert.equal(form, 'alias-name');
      }),
    );
  });
});
