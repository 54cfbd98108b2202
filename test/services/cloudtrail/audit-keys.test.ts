/** The keys that sign the trail, where several nodes share a database and each tells of the keys beside its own journal. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import type { PublicAuditKey } from '../../../src/audit/public-keys.ts';
import { AuditKeys } from '../../../src/services/cloudtrail/audit-keys.ts';
import { startClockedServer } from '../../stories/clocked-server.ts';
import type { ClockedServer } from '../../stories/clocked-server.ts';

const YEAR_MS = 366 * 86_400_000;

describe('keys that sign the trail', () => {
  let server: ClockedServer;
  let now: number;

  before(async () => {
    server = await startClockedServer();
    now = Date.now();
  });
  after(() => server.remove());

  it('are told of at a node that did not make them', async () => {
    const { db, mac, builtin } = server.kms;
    const newNode = (): { keys: AuditKeys; told: () => string[] } => {
      let published: readonly PublicAuditKey[] = [];
      const keys = new AuditKeys({
        ...{ db, mac, builtin, clock: () => now },
        published: async (all) => void (published = all),
      });
      return { keys, told: () => published.map(({ fingerprint }) => fingerprint) };
    };
    const [one, other] = [newNode(), newNode()];
    const first = await one.keys.signer('checkpoint', null);
    assert.equal((await other.keys.signer('checkpoint', null)).fingerprint, first.fingerprint);
    now += YEAR_MS;
    const second = await one.keys.signer('checkpoint', null);
    assert.notEqual(second.fingerprint, first.fingerprint);
    assert.equal((await other.keys.signer('checkpoint', null)).fingerprint, second.fingerprint);
    for (const { told } of [one, other]) assert.ok(told().includes(second.fingerprint));
  });
});
