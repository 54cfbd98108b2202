/** An installation moves from its database file to PostgreSQL: nothing is lost, and nothing goes back by mistake. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { fileURLToPath } from 'node:url';
import {
  CreateAliasCommand,
  CreateGrantCommand,
  CreateKeyCommand,
  DecryptCommand,
  EncryptCommand,
  ListAliasesCommand,
  ListGrantsCommand,
} from '@aws-sdk/client-kms';
import { PostgresServer, WITHOUT_POSTGRES } from '../storage/postgres-server.ts';
import { databaseSection } from '../storage/test-database.ts';
import { startClaviger } from './claviger.ts';
import type { Claviger } from './claviger.ts';
import { WITHOUT_REQUEST_QUOTAS } from './without-quotas.ts';

const COMMAND = fileURLToPath(new URL('../../bin/claviger', import.meta.url));

describe('an installation that moves to PostgreSQL', { skip: WITHOUT_POSTGRES }, () => {
  let postgres: PostgresServer;
  let claviger: Claviger;
  let folder: string;
  let target: string;
  let other: Awaited<ReturnType<PostgresServer['createDatabase']>>;
  const ciphertexts: Uint8Array[] = [];
  let keyId: string;

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'claviger-migrate-'));
    postgres = await PostgresServer.start();
    target = databaseSection(await postgres.createDatabase());
    writeFileSync(join(folder, 'target.yaml'), target);
    claviger = await startClaviger({}, { engine: 'sqlite' });
    const client = claviger.client();
    const { customKeyStoreId: CustomKeyStoreId } = claviger.config();
    for (const input of [
      {},
      { Origin: 'AWS_CLOUDHSM', CustomKeyStoreId } as const,
      { KeySpec: 'RSA_2048' } as const,
    ]) {
      const usage = 'KeySpec' in input ? ({ KeyUsage: 'ENCRYPT_DECRYPT' } as const) : {};
      const { KeyMetadata } = await client.send(new CreateKeyCommand({ ...input, ...usage }));
      keyId = KeyMetadata?.KeyId ?? '';
      await client.send(new CreateAliasCommand({ AliasName: `alias/${keyId}`, TargetKeyId: keyId }));
      const EncryptionAlgorithm = 'KeySpec' in input ? 'RSAES_OAEP_SHA_256' : 'SYMMETRIC_DEFAULT';
      const { CiphertextBlob } = await client.send(
        new EncryptCommand({ KeyId: keyId, Plaintext: Buffer.from('before'), EncryptionAlgorithm }),
      );
      if (EncryptionAlgorithm === 'SYMMETRIC_DEFAULT') ciphertexts.push(CiphertextBlob ?? new Uint8Array());
    }
    const GranteePrincipal = `arn:aws:iam::${claviger.config().accountId}:root`;
    await client.send(new CreateGrantCommand({ KeyId: keyId, GranteePrincipal, Operations: ['Decrypt'] }));
  });
  after(async () => {
    await claviger.remove();
    await postgres.remove();
    rmSync(folder, { recursive: true });
  });

  const databaseFile = (): string => join(claviger.dataDir, 'server', 'claviger.db');
  const migrate = (): { status: number | null; output: string } => {
    const args = [COMMAND, 'migrate', '--data', claviger.dataDir, '--to', join(folder, 'target.yaml')];
    const { status, stdout, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    return { status, output: stdout + stderr };
  };

  it('is not moved while it runs', () => {
    const { status, output } = migrate();
    assert.equal(status, 1);
    assert.match(output, /Claviger runs for this data folder: stop it first/);
  });

  it('does not begin anew in a database that it was not moved to', async () => {
    await claviger.kill(); // what was written last lies beside the file
    writeFileSync(join(claviger.dataDir, 'claviger.yaml'), `${WITHOUT_REQUEST_QUOTAS}${target}`);
    await assert.rejects(claviger.resume(), /the database is empty, and this installation is not new/);
    writeFileSync(join(claviger.dataDir, 'claviger.yaml'), WITHOUT_REQUEST_QUOTAS);
    assert.ok(existsSync(`${databaseFile()}-wal`));
  });

  it('is moved by a second try when nobody knows how the first one ended', async () => {
    other = await postgres.createDatabase();
    writeFileSync(join(folder, 'target.yaml'), databaseSection(other));
    assert.equal(migrate().status, 0);
    renameSync(`${databaseFile()}.moved`, databaseFile());
    const { status, output } = migrate();
    assert.equal(status, 0, output);
    assert.match(output, /kms_keys +3 rows/);
  });

  it('is not moved into a database that has other rows', async () => {
    renameSync(`${databaseFile()}.moved`, databaseFile());
    await postgres.query('delete from grants', other.database);
    const { status, output } = migrate();
    assert.equal(status, 1);
    assert.match(output, /is not empty: access_keys has rows, and those of grants are others/);
    const [row] = await postgres.query('select count(*)::int as keys from kms_keys', other.database);
    assert.equal(row?.['keys'], 3);
  });

  it('is moved whole: every table with its number of rows and their hash', () => {
    writeFileSync(join(folder, 'target.yaml'), target);
    const { status, output } = migrate();
    assert.equal(status, 0, output);
    assert.match(output, /kms_keys +3 rows {2}[0-9a-f]{64}/);
    assert.match(output, /put the section `database`/);
    assert.ok(!existsSync(databaseFile()));
  });

  it('does not start on the file that it left', async () => {
    await assert.rejects(claviger.resume(), /were moved to another database/);
  });

  it('goes on with all that it had', async () => {
    writeFileSync(join(claviger.dataDir, 'claviger.yaml'), `${WITHOUT_REQUEST_QUOTAS}${target}`);
    await claviger.resume();
    const client = claviger.client();
    for (const CiphertextBlob of ciphertexts) {
      const { Plaintext } = await client.send(new DecryptCommand({ CiphertextBlob }));
      assert.equal(Buffer.from(Plaintext ?? []).toString(), 'before');
    }
    const { Aliases } = await client.send(new ListAliasesCommand({}));
    const own = Aliases?.filter(({ AliasName }) => AliasName?.startsWith('alias/aws/') === false);
    assert.equal(own?.length, 3);
    const { Grants } = await client.send(new ListGrantsCommand({ KeyId: keyId }));
    assert.equal(Grants?.length, 1);
    const { customKeyStoreId: CustomKeyStoreId } = claviger.config();
    const { KeyMetadata } = await client.send(
      new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId }),
    );
    await client.send(new EncryptCommand({ KeyId: KeyMetadata?.KeyId, Plaintext: Buffer.from('after') }));
  });
});
