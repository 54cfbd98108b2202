/** A commit that was made though its connection broke, and nobody heard: memory learns of it, also where nobody else is. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { rootCaller } from '../../src/access/caller.ts';
import type { OperationName } from '../../src/services/kms/operation.ts';
import { handleKms } from '../../src/services/kms/service.ts';
import { WITHOUT_POSTGRES, sharedPostgres } from '../storage/postgres-server.ts';
import { unheard } from '../storage/unheard.ts';
import { REGIONS, startClockedServer } from '../stories/clocked-server.ts';
import type { ClockedServer } from '../stories/clocked-server.ts';
import { eventually } from '../stories/claviger.ts';

const PATIENCE_MS = 10_000;

describe('the only server of a PostgreSQL database', { skip: WITHOUT_POSTGRES }, () => {
  let server: ClockedServer;
  before(async () => {
    const database = await (await sharedPostgres()).createDatabase();
    server = await startClockedServer(undefined, undefined, { database });
  });
  after(() => server.remove());

  const call = async (name: OperationName, input: object, db = server.kms.db): Promise<never> => {
    const request = {
      caller: rootCaller(server.accountId, 'AKIATESTTESTTESTTEST'),
      region: REGIONS[0],
      requestId: '00000000-0000-4000-8000-000000000000',
      origin: { sourceIp: '127.0.0.1', userAgent: 'test' },
    };
    const answer = await handleKms({ ...server.kms, db }, name, request, Buffer.from(JSON.stringify(input)));
    return JSON.parse(answer || '{}') as never;
  };

  it('lets nobody use a grant that was revoked', async () => {
    const { KeyMetadata } = await call('CreateKey', {});
    const { Arn: KeyId } = KeyMetadata as { Arn: string };
    const GranteePrincipal = `arn:aws:iam::${server.accountId}:root`;
    const { GrantId } = await call('CreateGrant', { KeyId, GranteePrincipal, Operations: ['Decrypt'] });
    assert.ok(server.kms.grants.find(KeyId, GrantId));
    const revoking = call('RevokeGrant', { KeyId, GrantId }, unheard(server.kms.db));
    await assert.rejects(revoking, { code: 'KMSInternalException' });
    await eventually(PATIENCE_MS, 'the end of the grant', () =>
      server.kms.grants.find(KeyId, GrantId) === undefined ? true : undefined,
    );
  });
});
