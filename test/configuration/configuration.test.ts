import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseConfiguration } from '../../src/configuration/configuration.ts';

describe('the configuration file', () => {
  it("has AWS's defaults when it is empty", () => {
    assert.equal(parseConfiguration('').limits.aliasesPerKey, 50);
    assert.equal(parseConfiguration('limits:\n').limits.keys, 100_000);
    assert.deepEqual(parseConfiguration('').attestation, { roots: [], maximumAgeSeconds: 300 });
  });

  it('says what it was told', () => {
    assert.equal(parseConfiguration('limits: { aliasesPerKey: 7 }').limits.aliasesPerKey, 7);
  });

  const wrong: [string, RegExp][] = [
    ['limit: {}', /'limit' is not known here; known are .*limits/],
    ['limits: { keys: many }', /^ConfigurationError: limits\.keys: must be a whole number/],
    ['limits: { keys: 0 }', /limits\.keys: must be a whole number from 1/],
    ['limits: { kys: 1 }', /limits: 'kys' is not known here/],
    ['limits: []', /limits: must be a mapping/],
    ['limits: { keys: 1, keys: 2 }', /not YAML: Map keys must be unique/],
    ['attestation: { roots: /etc/root.pem }', /attestation\.roots: must be a list/],
    ['attestation: { roots: [root.pem] }', /attestation\.roots\[0\]: must be an absolute path/],
    [
      'attestation: { maximumAgeSeconds: 0 }',
      /attestation\.maximumAgeSeconds: must be a whole number from 1/,
    ],
    ['[', /not YAML/],
  ];
  for (const [yaml, message] of wrong) {
    it(`refuses ${JSON.stringify(yaml)}`, () => {
      assert.throws(() => parseConfiguration(yaml), message);
    });
  }
});
