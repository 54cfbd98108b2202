/** The console's list of keys, against a real server. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CreateAliasCommand, CreateKeyCommand } from '@aws-sdk/client-kms';
import type { KMSClient } from '@aws-sdk/client-kms';
import { createClavigerClient } from '../../console/src/aws/claviger-client.ts';
import type { ClavigerClient } from '../../console/src/aws/claviger-client.ts';
import { createDescriber, isAwsManaged, listKeys, merge } from '../../console/src/keys/key-list.ts';
import type { ListedKey } from '../../console/src/keys/key-list.ts';
import { startClockedServer } from '../stories/clocked-server.ts';
import type { ClockedServer } from '../stories/clocked-server.ts';

const KEYS = 40;

describe("the console's list of keys", () => {
  let server: ClockedServer;
  let client: KMSClient;
  let own: ClavigerClient;
  let listed: ListedKey[];

  before(async () => {
    server = await startClockedServer(undefined, 'requestQuotas: { enforced: false }\n');
    client = server.client('us-east-1');
    const { endpoint, credentials } = server.connection;
    own = createClavigerClient(endpoint, { region: 'us-east-1', credentials });
    for (let number = 0; number < KEYS; number += 1) {
      const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
      const TargetKeyId = KeyMetadata?.KeyId ?? '';
      await client.send(new CreateAliasCommand({ AliasName: `alias/key-${number}`, TargetKeyId }));
    }
    listed = await listKeys(client);
  });
  after(async () => {
    client.destroy();
    await server.remove();
  });

  const calls = (): Promise<number> =>
    server.events().then((events) => events.filter(({ eventName }) => eventName === 'DescribeKeys').length);

  it('has every key with its aliases, and describes none', async () => {
    assert.equal(listed.length, KEYS);
    assert.deepEqual(
      listed.map(({ name }) => name).sort(),
      Array.from({ length: KEYS }, (_, number) => `alias/key-${number}`).sort(),
    );
    assert.ok(listed.every((key) => !isAwsManaged(key)));
    assert.equal(await calls(), 0);
  });

  it('describes each wanted key once, in few calls, and counts one that is not there as unknown', async () => {
    const byId = new Map(listed.map((key) => [key.keyId, key]));
    const wanted = listed.slice(0, 10).map(({ keyId }) => keyId);
    let notDescribed = 0;
    await new Promise<void>((resolve) => {
      const describer = createDescriber(own, (keys, waiting, unknown) => {
        merge(byId, keys);
        notDescribed = unknown;
        if (waiting === 0) resolve();
      });
      describer.want([...wanted, '00000000-0000-4000-8000-000000000000']);
      describer.want(wanted);
    });
    const known = [...byId.values()].filter(({ KeyState }) => KeyState === 'Enabled');
    assert.deepEqual(
      known.map(({ keyId }) => keyId),
      wanted,
    );
    assert.ok(known.every(({ name, CreationDate }) => name !== '' && CreationDate instanceof Date));
    assert.equal(notDescribed, 1);
    assert.equal(await calls(), 1);
  });

  it('gives up those that wait, and describes them when they are wanted again', async () => {
    const seen = new Set<string>();
    const ids = listed.map(({ keyId }) => keyId);
    const others = Array.from({ length: 400 }, (_, number) => `none-${number}`);
    let settled = (): void => {};
    const describer = createDescriber(own, (keys, waiting) => {
      for (const { KeyId = '' } of keys) seen.add(KeyId);
      if (waiting === 0) settled();
    });
    const done = (act: () => void): Promise<void> =>
      new Promise((resolve) => {
        settled = resolve;
        act();
      });
    await done(() => {
      describer.want([...others, ...ids]);
      describer.cancel();
    });
    assert.equal(seen.size, 0); // they were the last of the queue
    await done(() => describer.want(ids));
    assert.deepEqual([...seen].sort(), [...ids].sort());
  });
});
