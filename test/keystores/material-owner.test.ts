import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { materialOwner } from '../../src/keystores/builtin/material-owner.ts';

const MRK = `mrk-${'0123456789abcdef'.repeat(2)}`;
const SINGLE = '1234abcd-12ab-34cd-56ef-1234567890ab';

describe('who built-in material is bound to', () => {
  it('is the one key that a single-Region key is', () => {
    for (const region of ['us-east-1', 'eu-west-1']) {
      const arn = `arn:aws:kms:${region}:111122223333:key/${SINGLE}`;
      assert.equal(materialOwner(arn), arn);
    }
  });

  it('is all related keys of a multi-Region key alike', () => {
    const owners = ['us-east-1', 'us-west-2', 'us-gov-west-1'].map((region) =>
      materialOwner(`arn:aws:kms:${region}:111122223333:key/${MRK}`),
    );
    assert.deepEqual(new Set(owners), new Set([`arn:aws:kms::111122223333:key/${MRK}`]));
  });

  it('tells accounts, partitions and keys apart', () => {
    const owners = [
      `arn:aws:kms:us-east-1:111122223333:key/${MRK}`,
      `arn:aws:kms:us-east-1:444455556666:key/${MRK}`,
      `arn:aws-us-gov:kms:us-east-1:111122223333:key/${MRK}`,
      `arn:aws:kms:us-east-1:111122223333:key/${MRK.replace('0', '1')}`,
    ].map(materialOwner);
    assert.equal(new Set(owners).size, 4);
  });

  it('stays the whole ARN of whatever only looks like a multi-Region key', () => {
    for (const id of [`x${MRK}`, `${MRK}0`, MRK.toUpperCase(), `mrk-${SINGLE}`]) {
      const arn = `arn:aws:kms:us-east-1:111122223333:key/${id}`;
      assert.equal(materialOwner(arn), arn, id);
    }
  });
});
