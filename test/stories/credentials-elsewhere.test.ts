/** Credentials that another process takes away end here with the next call that is no use of a key. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import * as iamSdk from '@aws-sdk/client-iam';
import { ListKeysCommand } from '@aws-sdk/client-kms';
import { AssumeRoleCommand, GetCallerIdentityCommand, GetSessionTokenCommand } from '@aws-sdk/client-sts';
import type { Credentials } from '@aws-sdk/client-sts';
import { findAccessKey, removeAccessKey, replaceAccessKey } from '../../src/storage/accounts.ts';
import { findIamEntity, removeIamEntity } from '../../src/storage/iam-entities.ts';
import type { AccessKeyRow } from '../../src/storage/schema.ts';
import { startClockedServer } from './clocked-server.ts';
import type { ClockedServer } from './clocked-server.ts';
import { ALLOW_ALL, clientsOf, refusalOf, trusting } from './iam-clients.ts';
import type { TestClients, TestCredentials } from './iam-clients.ts';
import { WITHOUT_REQUEST_QUOTAS } from './without-quotas.ts';

const INVALID = 'InvalidClientTokenId 403: The security token included in the request is invalid.';

/** Changes are made in the database, as another process makes them: the server's memory is not told. */
describe('credentials that another process took away', () => {
  let server: ClockedServer;
  let root: TestClients;
  const opened: TestClients[] = [];

  before(async () => {
    server = await startClockedServer(undefined, `${WITHOUT_REQUEST_QUOTAS}server: { nodes: several }\n`);
    root = open(server.root);
  });
  after(async () => {
    for (const clients of opened) clients.destroy();
    await server?.remove();
  });

  const open = (credentials: TestCredentials): TestClients => {
    const clients = clientsOf(server.endpoint, credentials);
    opened.push(clients);
    return clients;
  };
  const session = ({ Credentials: given }: { Credentials?: Credentials | undefined }): TestClients =>
    open({
      accessKeyId: given?.AccessKeyId ?? '',
      secretAccessKey: given?.SecretAccessKey ?? '',
      sessionToken: given?.SessionToken ?? '',
    });
  const newUser = async (
    UserName: string,
  ): Promise<{ id: string; accessKeyId: string; clients: TestClients }> => {
    const { User } = await root.iam.send(new iamSdk.CreateUserCommand({ UserName }));
    await root.iam.send(
      new iamSdk.PutUserPolicyCommand({ UserName, PolicyName: 'all', PolicyDocument: ALLOW_ALL }),
    );
    const { AccessKey } = await root.iam.send(new iamSdk.CreateAccessKeyCommand({ UserName }));
    const accessKeyId = AccessKey?.AccessKeyId ?? '';
    const clients = open({ accessKeyId, secretAccessKey: AccessKey?.SecretAccessKey ?? '' });
    await serves(clients); // and has a connection
    return { id: User?.UserId ?? '', accessKeyId, clients };
  };
  const serves = async ({ sts, kms }: TestClients): Promise<void> => {
    await sts.send(new GetCallerIdentityCommand({}));
    await kms.send(new ListKeysCommand({}));
  };
  const refuses = async ({ sts, kms }: TestClients): Promise<void> => {
    assert.equal(await refusalOf(sts.send(new GetCallerIdentityCommand({}))), INVALID);
    await assert.rejects(kms.send(new ListKeysCommand({})), { name: 'UnrecognizedClientException' });
  };
  /** Waits until the server has read the changes by itself: it does so again after 0.2 s, and the calls here come before. */
  const afterReading = async (): Promise<void> => {
    const { assembly } = server;
    for (let age = 0; assembly.changesAge() >= age;) {
      age = assembly.changesAge();
      await sleep(1);
    }
  };
  const removeEntity = async (id: string): Promise<void> => {
    await afterReading();
    const row = await findIamEntity(server.kms.db, id);
    await removeIamEntity(server.kms.db, id, row?.mac ?? '');
  };

  it('are of no use: an access key that was deleted', async () => {
    const { accessKeyId, clients } = await newUser('deleted');
    await afterReading();
    await removeAccessKey(server.kms.db, accessKeyId);
    await refuses(clients);
  });

  it('are of no use: an access key that was made inactive', async () => {
    const { accessKeyId, clients } = await newUser('inactive');
    const row = (await findAccessKey(server.kms.db, accessKeyId)) as AccessKeyRow;
    await afterReading();
    await replaceAccessKey(
      server.kms.db,
      server.kms.mac.seal('access_keys', { ...row, status: 'Inactive' as const }),
    );
    await refuses(clients);
  });

  it('are of no use: a session of a role that was deleted', async () => {
    const { clients } = await newUser('assuming');
    const { Role } = await root.iam.send(
      new iamSdk.CreateRoleCommand({
        RoleName: 'gone',
        AssumeRolePolicyDocument: trusting({ AWS: server.accountId }),
      }),
    );
    await root.iam.send(
      new iamSdk.PutRolePolicyCommand({ RoleName: 'gone', PolicyName: 'all', PolicyDocument: ALLOW_ALL }),
    );
    const assumed = session(
      await clients.sts.send(new AssumeRoleCommand({ RoleArn: Role?.Arn, RoleSessionName: 'story' })),
    );
    await serves(assumed);
    await removeEntity(Role?.RoleId ?? '');
    await refuses(assumed);
    await serves(clients);
  });

  it('are of no use: a session of a user who was deleted', async () => {
    const { id, clients } = await newUser('leaving');
    const borrowed = session(await clients.sts.send(new GetSessionTokenCommand({})));
    await borrowed.kms.send(new ListKeysCommand({}));
    await removeEntity(id);
    await refuses(borrowed);
  });
});
