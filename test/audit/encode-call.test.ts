import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { buildEvent, encodeCall, encodeEvent } from '../../src/audit/event.ts';
import type { EventInput } from '../../src/audit/event.ts';

const members = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer(), fc.constant(undefined)));

const input: fc.Arbitrary<EventInput> = fc.record({
  identity: fc.constant({
    type: 'Root' as const,
    principalId: '1',
    arn: 'arn',
    accountId: '1',
    accessKeyId: 'AK',
  }),
  time: fc.integer({ min: 0, max: 2_000_000_000_000 }),
  eventSource: fc.constant('kms.amazonaws.com'),
  eventName: fc.constantFrom('Encrypt', 'CreateKey'),
  region: fc.constant('eu-west-3'),
  sourceIp: fc.string(),
  userAgent: fc.string({ maxLength: 3000 }),
  requestParameters: fc.option(members, { nil: null }),
  responseElements: fc.option(members, { nil: null }),
  additionalEventData: fc.option(members, { nil: undefined }),
  requestId: fc.uuid(),
  eventId: fc.uuid(),
  readOnly: fc.boolean(),
  resources: fc.option(
    fc.array(
      fc.record({ accountId: fc.string(), type: fc.constant('AWS::KMS::Key' as const), ARN: fc.string() }),
    ),
    { nil: undefined },
  ),
  error: fc.option(
    fc.record({ code: fc.constantFrom('NotFoundException', 'AccessDeniedException'), message: fc.string() }),
    {
      nil: undefined,
    },
  ),
  recipientAccountId: fc.constant('111122223333'),
  tls: fc.option(
    fc.record({
      tlsVersion: fc.constant('TLSv1.3'),
      cipherSuite: fc.string(),
      clientProvidedHostHeader: fc.string(),
    }),
    { nil: undefined },
  ),
});

describe('the text of a call’s event', () => {
  it('is letter by letter that of the event which is built in full', () => {
    fc.assert(
      fc.property(input, (i) => assert.equal(encodeCall(i), encodeEvent(buildEvent(i)))),
      { numRuns: 500 },
    );
  });

  it('refuses binary data as the full event does', () => {
    const [sample] = fc.sample(input, 1) as [EventInput];
    const leaky = { ...sample, error: undefined, requestParameters: { plaintext: Buffer.from('secret') } };
    assert.throws(() => encodeCall(leaky), TypeError);
  });
});
