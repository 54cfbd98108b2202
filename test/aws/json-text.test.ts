import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { ApiError } from '../../src/aws/errors.ts';
import { MAX_DEPTH, countMembers, parseJson } from '../../src/aws/json-text.ts';

const refuses = (bytes: Buffer | string): void => {
  assert.throws(
    () => parseJson(Buffer.from(bytes as string)),
    (error) => error instanceof ApiError && error.code === 'SerializationException',
    String(bytes).slice(0, 40),
  );
};

describe('strict JSON', () => {
  it('reads what JSON.parse reads, and counts its members', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.constantFrom(0, 2), (value, space) => {
        const text = JSON.stringify(value, null, space);
        // fast-check's strings are well formed; what it calls -0 is 0 in JSON.
        const parsed = parseJson(Buffer.from(text));
        assert.deepEqual(parsed.value, JSON.parse(text));
        assert.equal(parsed.members, countMembers(parsed.value));
      }),
      { numRuns: 500 },
    );
  });

  it('counts a repeated name more often than it is found', () => {
    for (const text of [
      '{"a":1,"a":1}',
      '{"a":1,"\\u0061":2}',
      '{"x":[{"b":{},"b":{}}]}',
      '{"__proto__":1,"__proto__":1}',
    ]) {
      const { value, members } = parseJson(Buffer.from(text));
      assert.ok(members > countMembers(value), text);
    }
  });

  it('refuses bytes that are no UTF-8 and surrogates without their other half', () => {
    refuses(Buffer.from([0x22, 0xff, 0x22]));
    refuses(Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]));
    refuses(Buffer.from([0x22, 0xc0, 0xaf, 0x22]));
    refuses('{"a":"\\ud800"}');
    refuses('{"\\udc00":"a"}');
    refuses('{"a":["\\ud83d","\\ude00"]}');
    assert.equal(parseJson(Buffer.from('"\\ud83d\\ude00"')).value, '😀');
    assert.equal(parseJson(Buffer.from('"\\\\ud800"')).value, '\\ud800');
  });

  it('refuses what is no JSON', () => {
    const texts = [
      '',
      ' ',
      '{',
      '{"a"}',
      '{a:1}',
      "{'a':1}",
      '{"a":1,}',
      'NaN',
      '{"a":NaN}',
      '01',
      '"\n"',
      '\ufeff{}',
      '{}{}',
      '"\\',
    ];
    for (const text of texts) refuses(text);
  });

  it(`reads ${MAX_DEPTH} levels and no more, however many there are`, () => {
    const nested = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    assert.ok(Array.isArray(parseJson(Buffer.from(nested(MAX_DEPTH))).value));
    for (const levels of [MAX_DEPTH + 1, 100_000]) refuses(nested(levels));
    refuses('{"a":'.repeat(100_000));
    assert.equal(parseJson(Buffer.from(`"${'['.repeat(50)}"`)).value, '['.repeat(50));
  });
});
