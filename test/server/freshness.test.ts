/** Nobody is answered from memory that may be old, and nobody whose credentials were taken from him meanwhile. */
import assert from 'node:assert/strict';
import { beforeEach, describe, it } from 'node:test';
import { pino } from 'pino';
import type { CallRequest } from '../../src/access/call-request.ts';
import { rootCaller } from '../../src/access/caller.ts';
import type { Caller } from '../../src/access/caller.ts';
import type { ServiceName } from '../../src/aws/services.ts';
import { fresh } from '../../src/server/freshness.ts';
import type { ServiceHandler } from '../../src/services/api/serve.ts';

const caller = rootCaller('111122223333', 'AKIAEXAMPLE');
const changed = rootCaller('111122223333', 'AKIAEXAMPLE');
const request: CallRequest = {
  caller,
  region: 'us-east-1',
  requestId: '00000000-0000-4000-8000-000000000000',
  origin: { sourceIp: '127.0.0.1', userAgent: 'test' },
};
const BODY = Buffer.from('{}');

describe('a service that answers from what is fresh enough', () => {
  let ageMs: number;
  let reachable: boolean;
  /** Who the caller is from the next reading of the changes on. */
  let next: Caller | undefined;
  let known: Caller | undefined;
  let readings: number;
  let callers: Caller[];

  beforeEach(() => {
    [ageMs, reachable, next, known, readings, callers] = [100, true, changed, caller, 0, []];
  });

  const handle: ServiceHandler = async (_name, served) => {
    callers.push(served.caller);
    return 'answer';
  };
  const serving = (service: ServiceName, alone = false): ServiceHandler =>
    fresh(service, handle, {
      feed: {
        get ageMs() {
          return ageMs;
        },
        catchUp: async () => {
          readings += 1;
          if (!reachable) throw new Error('the database does not answer');
          known = next;
        },
      },
      alone,
      logger: pino({ level: 'silent' }),
      identities: { current: () => known },
    });
  const call = (service: ServiceName, name: string): Promise<string> => serving(service)(name, request, BODY);

  it('uses keys on the word of memory, for whom memory knew', async () => {
    assert.equal(await call('kms', 'Encrypt'), 'answer');
    assert.deepEqual([readings, callers.length], [0, 1]);
    assert.equal(callers[0], caller);
  });

  it('reads first what others changed, and then serves the caller as he is now', async () => {
    assert.equal(await call('kms', 'ListKeys'), 'answer');
    assert.equal(await call('iam', 'ListUsers'), 'answer');
    ageMs = 5_001;
    assert.equal(await call('kms', 'Encrypt'), 'answer');
    assert.deepEqual([readings, callers.length], [3, 3]);
    for (const served of callers) assert.equal(served, changed);
  });

  it('refuses a caller whose credentials were gone when the changes were read', async () => {
    next = undefined;
    ageMs = 5_001;
    const calls = [
      ['kms', 'Encrypt'],
      ['kms', 'ListKeys'],
      ['sts', 'GetCallerIdentity'],
    ] as const;
    for (const [service, name] of calls)
      await assert.rejects(call(service, name), {
        code: 'UnrecognizedClientException',
        message: 'The security token included in the request is invalid.',
      });
    assert.deepEqual(callers, []);
  });

  it('answers nothing while the changes cannot be read', async () => {
    reachable = false;
    ageMs = 5_001;
    await assert.rejects(call('kms', 'Encrypt'), { code: 'KMSInternalException' });
    assert.deepEqual(callers, []);
  });

  it('reads nothing where no other process changes anything', async () => {
    ageMs = 5_001;
    assert.equal(await serving('kms', true)('ListKeys', request, BODY), 'answer');
    assert.equal(readings, 0);
  });
});
