import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { grantOfToken, mintGrantToken } from '../../../src/services/kms/grant-tokens.ts';
import { createRowMac } from '../../../src/storage/row-mac.ts';

const mac = createRowMac(Buffer.from(Array.from({ length: 32 }, (_, n) => n)));
const GRANT = 'ab'.repeat(32);

describe('a grant token', () => {
  it('is read as docs/formats.md says', () => {
    const formats = readFileSync(join(import.meta.dirname, '../../../docs/formats.md'), 'utf8');
    const vector = /nonce 16 times `cd`:\n`([A-Za-z0-9+/=]+)`/.exec(formats)?.[1];
    assert.ok(vector);
    assert.equal(grantOfToken(mac, vector), GRANT);
    assert.equal(Buffer.from(vector, 'base64').toString('hex', 33, 49), 'cd'.repeat(16));
  });

  it('is another one each time, for the same grant', () => {
    const tokens = Array.from({ length: 10 }, () => mintGrantToken(mac, GRANT));
    assert.equal(new Set(tokens).size, 10);
    for (const token of tokens) assert.equal(grantOfToken(mac, token), GRANT);
  });

  it('of another installation is none', () => {
    assert.equal(grantOfToken(createRowMac(Buffer.alloc(32, 7)), mintGrantToken(mac, GRANT)), undefined);
  });

  it('is none in any other spelling, or when any bit of it was changed', () => {
    const token = mintGrantToken(mac, GRANT);
    const bytes = Buffer.from(token, 'base64');
    const others = [
      `${token}=`,
      `${token} `,
      ` ${token}`,
      token.slice(0, -1),
      bytes.toString('base64url'),
      '',
    ];
    for (const other of others) if (other !== token) assert.equal(grantOfToken(mac, other), undefined);
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const changed = Buffer.from(bytes);
      changed.writeUInt8((changed[bit >> 3] ?? 0) ^ (1 << (bit & 7)), bit >> 3);
      assert.equal(grantOfToken(mac, changed.toString('base64')), undefined);
    }
  });
});
