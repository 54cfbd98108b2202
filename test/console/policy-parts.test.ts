/** Who manages and who uses a key, changed in its policy by the console's form. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { partiesOf, withParties } from '../../console/src/keys/policy-parts.ts';

const ROOT = {
  Sid: 'Enable IAM User Permissions',
  Effect: 'Allow',
  Principal: { AWS: 'arn:aws:iam::111122223333:root' },
  Action: 'kms:*',
  Resource: '*',
};
const DENY = { Sid: 'Not from there', Effect: 'Deny', Principal: '*', Action: 'kms:Decrypt', Resource: '*' };
const policy = (...Statement: object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Id: 'mine', Statement });
const ADA = 'arn:aws:iam::111122223333:user/ada';
const GRACE = 'arn:aws:iam::111122223333:user/grace';
const NOBODY = { administrators: [], administratorsMayDelete: false, users: [] };

const sids = (text: string): (string | undefined)[] =>
  (JSON.parse(text) as { Statement: { Sid?: string }[] }).Statement.map(({ Sid }) => Sid);

describe('the form of a key policy', () => {
  it('finds nobody where only the root user is named', () => {
    assert.deepEqual(partiesOf(policy(ROOT)), NOBODY);
  });

  it('writes what it reads again', () => {
    const parties = { administrators: [GRACE], administratorsMayDelete: true, users: [ADA, GRACE] };
    assert.deepEqual(partiesOf(withParties(policy(ROOT), parties, 'ENCRYPT_DECRYPT')), parties);
  });

  it('leaves all other statements as they are, and their order', () => {
    const first = withParties(policy(ROOT, DENY), { ...NOBODY, users: [ADA] }, 'SIGN_VERIFY');
    const changed = withParties(first, { ...NOBODY, administrators: [GRACE], users: [ADA] }, 'SIGN_VERIFY');
    assert.deepEqual(sids(changed), [
      'Enable IAM User Permissions',
      'Not from there',
      'Allow access for Key Administrators',
      'Allow use of the key',
      'Allow attachment of persistent resources',
    ]);
    const { Id, Statement } = JSON.parse(changed) as { Id: string; Statement: object[] };
    assert.equal(Id, 'mine');
    assert.deepEqual(Statement.slice(0, 2), [ROOT, DENY]);
  });

  it('takes out the statements of a party without anybody', () => {
    const used = withParties(policy(ROOT, DENY), { ...NOBODY, users: [ADA] }, 'ENCRYPT_DECRYPT');
    assert.deepEqual(
      JSON.parse(withParties(used, NOBODY, 'ENCRYPT_DECRYPT')),
      JSON.parse(policy(ROOT, DENY)),
    );
  });

  it('keeps conditions and actions that somebody narrowed, whoever comes or goes', () => {
    const narrow = {
      Sid: 'Allow use of the key',
      Effect: 'Allow',
      Principal: { AWS: ADA, Service: 'logs.amazonaws.com' },
      Action: 'kms:Decrypt',
      Resource: '*',
      Condition: { StringEquals: { 'kms:EncryptionContext:app': 'orders' } },
    };
    const statements = (parties: object): object[] =>
      (
        JSON.parse(withParties(policy(ROOT, narrow), { ...NOBODY, ...parties }, 'ENCRYPT_DECRYPT')) as {
          Statement: object[];
        }
      ).Statement;
    assert.deepEqual(statements({ users: [ADA], administrators: [GRACE] }).at(-1), narrow);
    assert.deepEqual(statements({ users: [ADA, GRACE] }), [
      ROOT,
      { ...narrow, Principal: { Service: 'logs.amazonaws.com', AWS: [ADA, GRACE] } },
    ]);
    assert.deepEqual(statements({}), [ROOT, { ...narrow, Principal: { Service: 'logs.amazonaws.com' } }]);
  });

  it('gives and takes the deletion without touching the other actions', () => {
    const own = {
      Sid: 'Allow access for Key Administrators',
      Effect: 'Allow',
      Principal: { AWS: [GRACE] },
      Action: ['kms:PutKeyPolicy', 'kms:ScheduleKeyDeletion', 'kms:CancelKeyDeletion'],
      Resource: '*',
    };
    const parties = { administrators: [GRACE], administratorsMayDelete: false, users: [] };
    const taken = withParties(policy(ROOT, own), parties, 'ENCRYPT_DECRYPT');
    assert.deepEqual(JSON.parse(taken), JSON.parse(policy(ROOT, { ...own, Action: ['kms:PutKeyPolicy'] })));
    const given = withParties(taken, { ...parties, administratorsMayDelete: true }, 'ENCRYPT_DECRYPT');
    assert.deepEqual(JSON.parse(given), JSON.parse(policy(ROOT, own)));
  });

  it('leaves a statement of the same name that denies', () => {
    const deny = { ...DENY, Sid: 'Allow use of the key' };
    assert.deepEqual(partiesOf(policy(ROOT, deny)), NOBODY);
    const changed = withParties(policy(ROOT, deny), { ...NOBODY, administrators: [ADA] }, 'ENCRYPT_DECRYPT');
    assert.deepEqual((JSON.parse(changed) as { Statement: object[] }).Statement.slice(0, 2), [ROOT, deny]);
  });

  it('allows each usage its own operations', () => {
    const allowed = withParties(policy(ROOT), { ...NOBODY, users: [ADA] }, 'GENERATE_VERIFY_MAC');
    assert.match(allowed, /kms:GenerateMac/);
    assert.doesNotMatch(allowed, /kms:Decrypt/);
    const kem = withParties(policy(ROOT), { ...NOBODY, users: [ADA] }, 'ENCAPSULATE_DECAPSULATE');
    assert.match(kem, /"kms:Encapsulate",\s+"kms:Decapsulate"/);
  });
});
