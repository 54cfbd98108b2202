import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { createVerifier, type WireRequest } from '../../src/aws/sigv4/verify.ts';
import { ACCESS_KEY_ID, NOW, REGION, SECRET, outcome, signedRequest } from './sigv4-requests.ts';

/** More of them on demand: CLAVIGER_MUTATIONS=100000 npm test -- test/aws/sigv4-mutations.test.ts */
const MUTATIONS = Number(process.env['CLAVIGER_MUTATIONS'] ?? 10_000);

const verify = createVerifier({
  lookup: (id) => (id === ACCESS_KEY_ID ? { secretAccessKey: SECRET } : undefined),
  regions: [REGION],
});

const original = signedRequest();
const SIGNED = ['authorization', 'content-type', 'host', 'x-amz-date', 'x-amz-target'];
const UNSIGNED = ['accept', 'user-agent'];

/** Another character that HTTP lets through at this place: none of those that canonicalisation makes equal. */
const character = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));

/** White space at the ends, in runs and around commas says nothing. */
const meaning = (text: string): string =>
  text
    .replaceAll(/\s*,\s*/g, ',')
    .replaceAll(/\s+/g, ' ')
    .trim();

/** The text with one character replaced, added, removed, or two exchanged; never one with the same meaning. */
function changed(text: string): fc.Arbitrary<string> {
  return fc
    .tuple(
      fc.nat(Math.max(text.length - 1, 0)),
      character,
      fc.constantFrom('replace', 'insert', 'remove', 'swap'),
    )
    .map(([at, char, how]) => {
      if (how === 'replace') return text.slice(0, at) + char + text.slice(at + 1);
      if (how === 'insert') return text.slice(0, at) + char + text.slice(at);
      if (how === 'remove') return text.slice(0, at) + text.slice(at + 1);
      return text.slice(0, at) + text.slice(at + 1, at + 2) + text.slice(at, at + 1) + text.slice(at + 2);
    })
    .filter((other) => meaning(other) !== meaning(text));
}

const header = (name: string): fc.Arbitrary<WireRequest> => {
  const at = original.rawHeaders.indexOf(name) + 1;
  return changed(original.rawHeaders[at] as string).map((value) => ({
    ...original,
    rawHeaders: original.rawHeaders.map((text, i) => (i === at ? value : text)),
  }));
};

const removedOrDoubled = fc.tuple(fc.constantFrom(...SIGNED), fc.boolean()).map(([name, twice]) => {
  const at = original.rawHeaders.indexOf(name);
  const pair = original.rawHeaders.slice(at, at + 2);
  const others = original.rawHeaders.filter((_, i) => i !== at && i !== at + 1);
  return { ...original, rawHeaders: twice ? [...others, ...pair, ...pair] : others };
});

const body = fc.oneof(
  fc.tuple(fc.nat(original.body.length - 1), fc.integer({ min: 1, max: 255 })).map(([at, bits]) => {
    const bytes = Buffer.from(original.body);
    bytes[at] = (bytes[at] as number) ^ bits;
    return bytes;
  }),
  fc.nat(original.body.length - 1).map((length) => Buffer.from(original.body.subarray(0, length))),
  fc.uint8Array({ minLength: 1, maxLength: 8 }).map((more) => Buffer.concat([original.body, more])),
);

const mutated: fc.Arbitrary<WireRequest> = fc.oneof(
  { weight: 5, arbitrary: fc.oneof(...SIGNED.map(header)) },
  { weight: 2, arbitrary: body.map((bytes) => ({ ...original, body: bytes })) },
  { weight: 1, arbitrary: changed('POST').map((method) => ({ ...original, method })) },
  {
    weight: 2,
    // A question mark with nothing after it is the same request.
    arbitrary: changed('/')
      .filter((target) => target !== '/?')
      .map((target) => ({ ...original, target })),
  },
  { weight: 1, arbitrary: removedOrDoubled },
);

describe('mutated requests', () => {
  it('start from one that is accepted, and what nobody signed may change', () => {
    assert.equal(outcome(verify, original), 'accepted');
    for (const name of UNSIGNED) {
      fc.assert(
        fc.property(header(name), (request) => assert.equal(outcome(verify, request), 'accepted')),
        { numRuns: 50 },
      );
    }
  });

  it('are refused, all ten thousand', () => {
    let accepted = 0;
    fc.assert(
      fc.property(mutated, (request) => {
        const result = outcome(verify, request);
        if (result === 'accepted') accepted += 1;
        assert.notEqual(result, 'accepted');
      }),
      { numRuns: MUTATIONS },
    );
    assert.equal(accepted, 0);
  });

  it('are refused when their time or service is another', () => {
    assert.notEqual(outcome(verify, original, new Date(NOW.getTime() + 86_400_000)), 'accepted');
    assert.notEqual(outcome(verify, original, NOW, 'iam'), 'accepted');
  });
});
