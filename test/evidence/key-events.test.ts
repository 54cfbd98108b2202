/** The life of a key by the journal: what is its own, and what is only told of beside it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { buildServiceEvent } from '../../src/audit/event.ts';
import type { CloudTrailEvent, EventResource } from '../../src/audit/event.ts';
import { openJournal } from '../../src/audit/journal.ts';
import { keyEvents } from '../../src/evidence/key-events.ts';
import { freshFolder, sampleEvent } from '../audit/sample.ts';

const ACCOUNT = '111122223333';
const arnOf = (region: string, id: string): string => `arn:aws:kms:${region}:${ACCOUNT}:key/${id}`;
const resource = (ARN: string): EventResource => ({ accountId: ACCOUNT, type: 'AWS::KMS::Key', ARN });
const PRIMARY = arnOf('us-east-1', 'mrk-1');
const REPLICA = arnOf('eu-west-1', 'mrk-1');
const MANAGED = arnOf('us-east-1', '1');

const change = (eventName: string, arn: string, policy: string): CloudTrailEvent =>
  sampleEvent({ eventName, readOnly: false, requestParameters: { policy }, resources: [resource(arn)] });

describe('the policies of a key over time', () => {
  it('are those that were put on it, and not those of its replicas', async () => {
    const dir = await freshFolder();
    const journal = await openJournal({ dir, writerId: 'w1' });
    await journal.append(change('CreateKey', PRIMARY, 'first'));
    await journal.append(change('ReplicateKey', PRIMARY, "the replica's"));
    await journal.append(change('CreateKey', REPLICA, "the replica's"));
    await journal.append(change('PutKeyPolicy', PRIMARY, 'second'));
    await journal.append(
      buildServiceEvent({
        ...{ eventSource: 'kms.amazonaws.com', eventName: 'CreateKey', region: 'us-east-1' },
        ...{ accountId: ACCOUNT, time: 0, eventId: '1', resources: [resource(MANAGED)] },
      }),
    );
    await journal.close();
    const policiesOf = async (arn: string): Promise<(string | null)[]> =>
      (await keyEvents(dir, arn)).policies.map(({ policy }) => policy);
    assert.deepEqual(await policiesOf(PRIMARY), ['first', 'second']);
    assert.deepEqual(await policiesOf(REPLICA), ["the replica's"]);
    assert.deepEqual(await policiesOf(MANAGED), []);
    const { life } = await keyEvents(dir, PRIMARY);
    assert.deepEqual(
      life.map(({ eventName }) => eventName),
      ['CreateKey', 'ReplicateKey', 'PutKeyPolicy'],
    );
  });
});
