/** Names that the console asks the API for, and those that it does not try. AWS: API_CreateAlias. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { aliasProblem } from '../../console/src/keys/alias-name.ts';

describe('an alias in a form', () => {
  it('may have letters, digits, and / _ -, and 256 characters with its prefix', () => {
    for (const name of ['', 'orders', 'Team_1/orders-2', 'aws', 'a'.repeat(250)])
      assert.equal(aliasProblem(name), undefined, name);
  });

  it('is refused with the reason before a key is made for it', () => {
    assert.match(aliasProblem('my key') ?? '', /letters, digits/);
    assert.match(aliasProblem('größe') ?? '', /letters, digits/);
    assert.match(aliasProblem('a'.repeat(251)) ?? '', /250 characters/);
    assert.match(aliasProblem('aws/mine') ?? '', /AWS managed/);
  });
});
