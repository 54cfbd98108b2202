/** A real server whose clock stands still until the test sets it, called without HTTP. */
import { rootCaller } from '../../src/access/caller.ts';
import { ApiError } from '../../src/aws/errors.ts';
import type { CloudTrailEvent } from '../../src/audit/event.ts';
import type { Kms } from '../../src/services/kms/kms.ts';
import type { OperationName } from '../../src/services/kms/operation.ts';
import { handleKms } from '../../src/services/kms/service.ts';
import { REGIONS, startClockedServer } from '../stories/clocked-server.ts';

/** Members of an answer as JSON has them: dates in seconds, bytes in base64. */
export type Answer = Record<string, unknown>;

export interface AssembledKms {
  kms: Kms;
  /** Milliseconds since 1970. */
  now: number;
  call(name: OperationName, input: Record<string, unknown>): Promise<Answer>;
  /** `<code>: <message>` of a refused call. @throws Error when it succeeds */
  refused(name: OperationName, input: Record<string, unknown>): Promise<string>;
  /** Audit events of a name, in the order in which they were recorded. */
  events(name: string): Promise<CloudTrailEvent[]>;
  close(): Promise<void>;
}

export async function assembleKms(startAt: number): Promise<AssembledKms> {
  const world = { now: startAt };
  const server = await startClockedServer(() => world.now);
  const { kms, accountId } = server;
  const call = async (name: OperationName, input: Record<string, unknown>): Promise<Answer> => {
    const request = {
      caller: rootCaller(accountId, 'AKIATESTTESTTESTTEST'),
      region: REGIONS[0],
      requestId: '00000000-0000-4000-8000-000000000000',
      origin: { sourceIp: '127.0.0.1', userAgent: 'test' },
    };
    const answer = await handleKms(kms, name, request, Buffer.from(JSON.stringify(input)));
    return (answer.length === 0 ? {} : JSON.parse(answer.toString())) as Answer;
  };
  return Object.assign(world, {
    kms,
    call,
    async refused(name: OperationName, input: Record<string, unknown>) {
      try {
        await call(name, input);
      } catch (error) {
        if (error instanceof ApiError) return `${error.code}: ${error.message}`;
        throw error;
      }
      throw new Error(`${name} was expected to be refused`);
    },
    events: async (name: string) => (await server.events()).filter((event) => event.eventName === name),
    close: () => server.remove(),
  });
}
