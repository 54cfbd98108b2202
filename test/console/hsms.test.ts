/** The console's pages of HSM clusters and key stores, from an empty cluster to a connection that fails. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { DescribeClustersCommand } from '@aws-sdk/client-cloudhsm-v2';
import { CreateKeyCommand, EncryptCommand } from '@aws-sdk/client-kms';
import { eventually } from '../stories/claviger.ts';
import type { Claviger } from '../stories/claviger.ts';
import { ClusterOwner, cloudHsmClient } from '../stories/own-cluster.ts';
import { goTo, noBrowser } from './browser.ts';
import { startStory } from './story.ts';
import type { Story } from './story.ts';

const WAIT_MS = 60_000;
const KEYS = 30;
const AT_ONCE = 4;

/** Makes keys in the HSMs and uses each once. A busy machine may let an HSM be late; one key more or less is no matter. */
async function useNewKeys(claviger: Claviger): Promise<void> {
  const { customKeyStoreId: CustomKeyStoreId } = claviger.config();
  const kms = claviger.client({ maxAttempts: 3, sockets: AT_ONCE });
  const make = async (): Promise<string | undefined> => {
    const made = kms.send(new CreateKeyCommand({ Origin: 'AWS_CLOUDHSM', CustomKeyStoreId }));
    return (await made.catch(() => undefined))?.KeyMetadata?.KeyId;
  };
  let left = KEYS;
  const work = async (): Promise<void> => {
    while (left-- > 0) {
      const KeyId = await eventually(WAIT_MS, 'a key', make);
      await eventually(WAIT_MS, 'its use', () =>
        kms.send(new EncryptCommand({ KeyId, Plaintext: Buffer.from('x') })).catch(() => undefined),
      );
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  kms.destroy();
}

describe('the console and its HSMs', { skip: noBrowser }, () => {
  const owner = new ClusterOwner();
  let story: Story;
  let ownCluster = '';

  before(async () => {
    story = await startStory();
  });
  after(async () => {
    await story?.end();
    owner.remove();
  });

  it('creates a cluster in the subnets of the first one', async () => {
    const { claviger, page, show } = story;
    const client = cloudHsmClient(claviger);
    const { Clusters } = await client.send(new DescribeClustersCommand({}));
    client.destroy();
    await show('clusters/create', 'Create cluster');
    await page.getByLabel('Subnet IDs').fill(Object.values(Clusters?.[0]?.SubnetMapping ?? {}).join(', '));
    await page.getByRole('button', { name: 'Create cluster' }).click();
    await page.getByText('The cluster was created').first().waitFor();
    await page.getByRole('heading', { level: 2, name: 'Initialise' }).waitFor({ timeout: WAIT_MS });
    ownCluster = new URL(page.url()).hash.split('/')[2] ?? '';
    assert.match(ownCluster, /^cluster-/);
  });

  it('initialises it: CSR out, certificate of an own CA in', async () => {
    const { page, download } = story;
    assert.ok(await page.getByRole('button', { name: 'Download CSR' }).isDisabled());
    await page
      .getByRole('button', { name: /^Add HSM in/ })
      .first()
      .click();
    const csr = page.locator('button:enabled', { hasText: 'Download CSR' });
    await csr.waitFor({ timeout: WAIT_MS });
    const file = await download(() => csr.click());
    assert.equal(file.name, `${ownCluster}_ClusterCsr.csr`);
    owner.makeCa();
    owner.sign(readFileSync(file.path, 'utf8'));
    const choose = page.locator('input[type=file]');
    await choose.nth(0).setInputFiles(`${owner.operatorDir}/customerHsmCertificate.crt`);
    await choose.nth(1).setInputFiles(`${owner.operatorDir}/customerCA.crt`);
    await page.getByRole('button', { name: 'Initialise', exact: true }).click();
    await page.getByText('Initialized', { exact: true }).first().waitFor({ timeout: WAIT_MS });
    await page.getByText('claviger hsm activate').first().waitFor();
  });

  it('shows what each HSM of a cluster that is used does and holds', async () => {
    const { claviger, page, show } = story;
    const { clusterId } = claviger.config();
    await useNewKeys(claviger);
    await show(`clusters/${clusterId}`, clusterId);
    await page
      .getByText(/^3\d keys, /)
      .first()
      .waitFor({ timeout: WAIT_MS });
    await page.getByRole('application', { name: /^Throughput of each HSM/ }).waitFor();
    await page.getByRole('application', { name: /^Latency of each HSM/ }).waitFor();
    await page.getByRole('table', { name: 'Figures of each HSM' }).waitFor();
    await page
      .getByText(/\d \/ [\d.,]+ \/ [\d.,]+/)
      .first()
      .waitFor({ timeout: WAIT_MS }); // latencies
    await page.getByRole('tab', { name: 'HSM users' }).click();
    await page.getByText('2 users').first().waitFor();
  });

  it('adds an HSM, says that it is on its way, and removes it', async () => {
    const { claviger, page, show } = story;
    const { clusterId } = claviger.config();
    await show(`clusters/${clusterId}`, clusterId);
    await page
      .getByRole('button', { name: /^Add HSM in/ })
      .first()
      .click();
    await page.getByText('Create in progress').waitFor();
    const remove = page.getByRole('button', { name: /^Remove hsm-/ });
    await eventually(WAIT_MS, 'three active HSMs', async () =>
      (await remove.count()) === 3 && (await page.getByText('Create in progress').count()) === 0
        ? true
        : undefined,
    );
    await remove.nth(0).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await eventually(WAIT_MS, 'two HSMs', async () => ((await remove.count()) === 2 ? true : undefined));
  });

  it('shows backups, deletes one and restores it', async () => {
    const { page } = story;
    await page.getByRole('tab', { name: 'Backups' }).click();
    const ready = page.locator('[class*=status-success]', { hasText: 'Ready' });
    await ready.first().waitFor({ timeout: WAIT_MS });
    await page
      .getByRole('button', { name: /^Delete backup-/ })
      .last()
      .click();
    await page.getByRole('dialog').getByText('can be restored for seven days').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('The backup will be deleted in seven days.').first().waitFor();
    await page.getByRole('button', { name: 'Restore' }).click();
    await page.getByText('The backup was restored.').first().waitFor();
  });

  it('explains a connection that failed, and what to do', async () => {
    const { claviger, page, show } = story;
    const { customKeyStoreId } = claviger.config();
    await show(`key-stores/${customKeyStoreId}`, 'default-hsm');
    await page.getByRole('button', { name: 'Disconnect' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
    await page.getByText('Disconnected', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Password of kmsuser').fill('not1its1password');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByText('The key store was changed.').first().waitFor();
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByText('Failed', { exact: true }).waitFor({ timeout: WAIT_MS });
    await page.getByText('The password that KMS has is not that of kmsuser').waitFor();
    await page.getByText('edit the key store with the same password').waitFor();
    await goTo(page, 'overview');
    await page.getByText('The key store default-hsm could not be connected.').waitFor();
  });

  it('shows what HSMs and requests cost', async () => {
    const { claviger, page, show } = story;
    const { clusterId } = claviger.config();
    // it is counted once a minute
    await eventually(2 * WAIT_MS, 'costs', async () => {
      await show('overview', 'Overview');
      await show('cost', 'Cost');
      const lines = page.getByRole('cell', { name: 'requests' });
      return await lines
        .first()
        .waitFor({ timeout: 2_000 })
        .then(
          () => true,
          () => undefined,
        );
    });
    await page.getByText('The configuration has no prices for this.').waitFor();
    await show(`clusters/${clusterId}`, clusterId);
    await page.getByRole('tab', { name: 'Cost' }).click();
    await page.getByRole('heading', { name: 'Cost of these HSMs' }).waitFor();
    await page.getByRole('cell', { name: 'HSM-hours' }).first().waitFor();
  });

  it('caused no error, broke no rule of its policy, and called no other host', () => {
    assert.deepEqual(story.offences, []);
  });
});
