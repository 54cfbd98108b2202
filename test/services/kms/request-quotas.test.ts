import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseConfiguration } from '../../../src/configuration/configuration.ts';
import { symmetricDefault } from '../../../src/configuration/request-quotas.ts';
import { RequestQuotas, countKeyUse, familyOf } from '../../../src/services/kms/request-quotas.ts';
import { services } from '../../../src/aws/services.ts';
import { builtOperation } from '../../../src/services/kms/operations/index.ts';
import type { KmsKey } from '../../../src/services/kms/key.ts';

const ME = '111111111111';
const OTHER = '222222222222';
const HERE = 'us-east-1';
const THERE = 'eu-north-1';

function quotasOf(yaml: string): { quotas: RequestQuotas; clock: { now: number } } {
  const clock = { now: 0 };
  return { quotas: new RequestQuotas(parseConfiguration(yaml).requestQuotas, () => clock.now), clock };
}

/** How many of many calls pass at this moment. */
function passing(count: () => void, tries = 200): number {
  let passed = 0;
  for (let n = 0; n < tries; n += 1) {
    try {
      count();
      passed += 1;
    } catch (error) {
      assert.equal((error as Error & { code: string }).code, 'ThrottlingException');
    }
  }
  return passed;
}

const key = (spec: string): KmsKey => ({ spec }) as KmsKey;

describe('request quotas', () => {
  it("are AWS's by default", () => {
    const { quotas } = quotasOf('');
    const expected: [string, number][] = [
      ['CreateKey', 5],
      ['TagResource', 10],
      ['PutKeyPolicy', 15],
      ['RevokeGrant', 30],
      ['CreateGrant', 50],
      ['ListGrants', 100],
      ['GetParametersForImport', 1], // one in four seconds
    ];
    for (const [operation, most] of expected) {
      assert.equal(
        passing(() => quotas.countOperation(ME, HERE, operation)),
        most,
        operation,
      );
    }
    assert.deepEqual(
      ['us-east-1', 'us-east-2', 'ca-central-1'].map(symmetricDefault),
      [100_000, 20_000, 10_000],
    );
  });

  it('are there for every operation that uses no key', () => {
    const known = parseConfiguration('').requestQuotas.operations;
    const managing = Object.keys(services.kms.operations).filter(
      (name) => builtOperation(name)?.cryptographic !== true,
    );
    assert.deepEqual(Object.keys(known).sort(), managing.sort());
  });

  it('are apart for each operation, account and Region', () => {
    const { quotas, clock } = quotasOf('');
    const count = (account: string, region: string, operation: string) => () =>
      quotas.countOperation(account, region, operation);
    assert.equal(passing(count(ME, HERE, 'CreateKey')), 5);
    assert.equal(passing(count(ME, HERE, 'CreateAlias')), 5);
    assert.equal(passing(count(OTHER, HERE, 'CreateKey')), 5);
    assert.equal(passing(count(ME, THERE, 'CreateKey')), 5);
    clock.now += 400;
    assert.equal(passing(count(ME, HERE, 'CreateKey')), 2);
  });

  it('count a request as often as it is told', () => {
    const { quotas } = quotasOf('');
    assert.equal(
      passing(() => quotas.countOperation(ME, HERE, 'CreateKey', 2)),
      2,
    );
    assert.equal(
      passing(() => quotas.countOperation(ME, HERE, 'CreateKey')),
      1,
    );
  });

  it('share one quota between the keys of a family', () => {
    const families = Object.entries({
      symmetric: ['SYMMETRIC_DEFAULT', 'HMAC_224', 'HMAC_512'],
      rsa: ['RSA_2048', 'RSA_4096'],
      ecc: ['ECC_NIST_P256', 'ECC_SECG_P256K1', 'ECC_NIST_EDWARDS25519'],
      mlDsa: ['ML_DSA_44', 'ML_DSA_87'],
      mlKem: ['ML_KEM_512', 'ML_KEM_1024'],
    });
    for (const [family, specs] of families)
      for (const spec of specs) assert.equal(familyOf(spec), family, spec);
    const { quotas } = quotasOf('requestQuotas: { rsa: 3, ecc: 4 }');
    const use = (spec: string) => () =>
      countKeyUse(
        quotas,
        { accountId: ME, region: HERE },
        { key: key(spec), keyPairSpec: undefined },
        undefined,
      );
    assert.equal(passing(use('RSA_2048')), 3);
    assert.equal(passing(use('RSA_4096')), 0);
    assert.equal(passing(use('ECC_NIST_P256')), 4);
  });

  it('count a request with two keys of a family once, and else in both', () => {
    const { quotas } = quotasOf('requestQuotas: { symmetric: 4, rsa: 2 }');
    const both = (first: string, second: string) => () => {
      const caller = { accountId: ME, region: HERE };
      const counted = countKeyUse(quotas, caller, { key: key(first), keyPairSpec: undefined }, undefined);
      countKeyUse(quotas, caller, { key: key(second), keyPairSpec: undefined }, counted);
    };
    assert.equal(passing(both('SYMMETRIC_DEFAULT', 'SYMMETRIC_DEFAULT'), 2), 2);
    assert.equal(passing(both('SYMMETRIC_DEFAULT', 'RSA_2048'), 3), 2);
  });

  it('count data key pairs by what is made, and not by the key', () => {
    const { quotas } = quotasOf('requestQuotas: { symmetric: 1 }');
    const pair = (keyPairSpec: string) => () =>
      countKeyUse(
        quotas,
        { accountId: ME, region: HERE },
        { key: key('SYMMETRIC_DEFAULT'), keyPairSpec },
        undefined,
      );
    assert.equal(passing(pair('RSA_2048')), 1);
    assert.equal(passing(pair('RSA_4096')), 1);
    assert.equal(passing(pair('ECC_NIST_P256')), 100);
  });

  it('of a custom key store are shared by all its callers, beside their own', () => {
    const { quotas } = quotasOf('requestQuotas: { customKeyStore: 3, symmetric: 10 }');
    const use = (accountId: string, store: string | undefined) => () => {
      const aes = { key: key('SYMMETRIC_DEFAULT'), keyPairSpec: undefined };
      countKeyUse(quotas, { accountId, region: HERE }, aes, undefined);
      if (store !== undefined) quotas.countStore(store);
    };
    assert.equal(passing(use(ME, 'cks-1'), 2), 2);
    assert.equal(passing(use(OTHER, 'cks-1'), 5), 1);
    assert.equal(passing(use(OTHER, 'cks-2'), 5), 3);
    assert.equal(passing(use(ME, undefined), 20), 8);
  });

  it('are lifted when the configuration says so', () => {
    const { quotas } = quotasOf('requestQuotas: { enforced: false }');
    assert.equal(
      passing(() => quotas.countOperation(ME, HERE, 'CreateKey')),
      200,
    );
  });

  it('keep no more than ten thousand buckets of callers who are quiet', () => {
    const { quotas, clock } = quotasOf('');
    for (let n = 0; n < 30_000; n += 1) {
      clock.now += 10;
      quotas.countOperation(String(n), HERE, 'CreateKey');
    }
    assert.ok(quotas.bucketCount <= 10_000);
  });

  const wrong: [string, RegExp][] = [
    ['requestQuotas: { rsa: 0 }', /requestQuotas\.rsa: must be a number of at least 0\.001/],
    [
      'requestQuotas: { operations: { CreateKeys: 1 } }',
      /requestQuotas\.operations: 'CreateKeys' is not known here/,
    ],
    ['requestQuotas: { enforced: no way }', /requestQuotas\.enforced: must be true or false/],
    ['requestQuotas: { dataKeyPairs: { RSA_1024: 1 } }', /'RSA_1024' is not known here/],
  ];
  for (const [yaml, message] of wrong) {
    it(`refuse ${yaml}`, () => assert.throws(() => parseConfiguration(yaml), message));
  }
});
