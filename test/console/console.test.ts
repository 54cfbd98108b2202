/** The console in a real browser, against a whole Claviger with a real cluster of HSMs. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { readFileSync } from 'node:fs';
import { after, before, describe, it } from 'node:test';
import { DecryptCommand, EncryptCommand } from '@aws-sdk/client-kms';
import type { Browser, Page } from 'playwright-core';
import { eventually, startClaviger } from '../stories/claviger.ts';
import type { Claviger } from '../stories/claviger.ts';
import { goTo, launch, noBrowser, openWindow, signIn } from './browser.ts';

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');
const WAIT_MS = 20_000;

/** Every page that the navigation leads to, with its heading. */
const PAGES: readonly (readonly [string, string])[] = [
  ['overview', 'Overview'],
  ['keys', 'Customer managed keys'],
  ['aws-keys', 'AWS managed keys'],
  ['key-stores', 'Custom key stores'],
  ['clusters', 'HSM clusters'],
  ['users', 'Users'],
  ['roles', 'Roles'],
  ['policies', 'Policies'],
  ['simulator', 'Policy simulator'],
  ['events', 'Event history'],
  ['hsm-logs', 'HSM logs'],
];

describe('the console', { skip: noBrowser }, () => {
  let claviger: Claviger;
  let browser: Browser;
  let page: Page;
  let offences: string[];

  before(async () => {
    claviger = await startClaviger();
    browser = await launch();
    const window = await openWindow(browser, claviger.config().endpoint);
    ({ page, offences } = window);
    page.setDefaultTimeout(WAIT_MS);
  });
  after(async () => {
    await browser?.close();
    await claviger?.remove();
  });

  const heading = (text: string) => page.getByRole('heading', { level: 1, name: text });
  const show = async (path: string, title: string): Promise<void> => {
    await goTo(page, path);
    await heading(title).waitFor();
  };

  it('says why a wrong access key is refused', async () => {
    await signIn(page, claviger.config().endpoint, {
      ...claviger.config(),
      secretAccessKey: 'wrong'.repeat(8),
    });
    await page.getByText(/SignatureDoesNotMatch|InvalidSignature|InvalidClientTokenId/).waitFor();
  });

  it('signs in with an access key, and keeps a session of its own and not the key', async () => {
    const { endpoint, accessKeyId, secretAccessKey } = claviger.config();
    await signIn(page, endpoint, { accessKeyId, secretAccessKey });
    await heading('Overview').waitFor();
    const kept = await page.evaluate('JSON.stringify({ ...sessionStorage, ...localStorage })');
    assert.ok(!String(kept).includes(secretAccessKey));
    assert.ok(!String(kept).includes(accessKeyId));
  });

  it('has nothing to report of a new installation', async () => {
    await page.getByText('Nothing. All key stores serve').waitFor();
  });

  let keyId = '';

  it('makes a key in the HSMs with the wizard', async () => {
    await show('create-key', 'Configure key');
    await page.getByText('Advanced options').click();
    await page.getByText('Custom key store (HSM cluster)').click();
    await page.getByText('default-hsm', { exact: true }).click();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByLabel('Alias', { exact: true }).fill('orders');
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('Enable IAM User Permissions').waitFor();
    await page.getByRole('button', { name: 'Create key' }).click();
    await heading('alias/orders').waitFor();
    keyId = new URL(page.url()).hash.split('/')[2]?.split('?')[0] ?? '';
    assert.match(keyId, /^[0-9a-f-]{36}$/);
  });

  it('made a key that the SDK uses', async () => {
    const client = claviger.client();
    const { CiphertextBlob } = await client.send(
      new EncryptCommand({ KeyId: 'alias/orders', Plaintext: Buffer.from('attack at dawn') }),
    );
    const { Plaintext, KeyId } = await client.send(new DecryptCommand({ CiphertextBlob }));
    assert.equal(Buffer.from(Plaintext ?? []).toString(), 'attack at dawn');
    assert.ok(KeyId?.endsWith(keyId));
  });

  it('shows every tab of a key', async () => {
    const tabs = [
      'Key policy',
      'Cryptographic configuration',
      'Tags',
      'Grants',
      'Usage',
      'Events',
      'Aliases',
    ];
    for (const name of tabs) {
      await page.getByRole('tab', { name }).click();
      await page.getByRole('tabpanel').getByRole('heading', { level: 2 }).first().waitFor();
    }
  });

  it('says which bytes of a policy are wrong, and what the server says of one that locks out', async () => {
    await page.getByRole('tab', { name: 'Key policy' }).click();
    await page.getByRole('button', { name: 'Edit' }).click();
    const editor = page.getByLabel('Policy document');
    await editor.fill('{ "Version": ');
    assert.ok(await page.getByRole('button', { name: 'Save' }).isDisabled());
    await editor.fill(
      '{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"*"},"Action":"kms:Encrypt","Resource":"*"}]}',
    );
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('will not allow you to update the key policy').waitFor();
    await page.getByRole('button', { name: 'Cancel' }).click();
  });

  it('disables and enables a key, after asking', async () => {
    await page.getByRole('button', { name: 'Key actions' }).click();
    await page.getByRole('menuitem', { name: 'Disable' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
    await page.getByText('Disabled', { exact: true }).first().waitFor();
    await page.getByRole('button', { name: 'Key actions' }).click();
    await page.getByRole('menuitem', { name: 'Enable' }).click();
    await page.getByText('Enabled', { exact: true }).first().waitFor();
  });

  it('shows a dead HSM, and that it healed', async () => {
    const { clusterId } = claviger.config();
    await show(`clusters/${clusterId}`, clusterId);
    const [hsmId = '', pid = 0] = Object.entries(claviger.config().pids.hsm)[0] ?? [];
    await page.getByText(hsmId).waitFor();
    process.kill(pid, 'SIGSTOP');
    try {
      await page.getByText('Degraded').first().waitFor();
      await goTo(page, 'overview');
      await page.getByText(`The HSM ${hsmId}`).waitFor();
    } finally {
      process.kill(pid, 'SIGCONT');
    }
    await show(`clusters/${clusterId}`, clusterId);
    await eventually(WAIT_MS, 'no HSM is degraded', async () =>
      (await page.getByText('Degraded').count()) === 0 ? true : undefined,
    );
  });

  it('disconnects the key store: its keys are unavailable until it is connected again', async () => {
    const { customKeyStoreId } = claviger.config();
    await show(`key-stores/${customKeyStoreId}`, 'default-hsm');
    await page.getByRole('button', { name: 'Disconnect' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
    await page.getByText('Disconnected', { exact: true }).waitFor();
    await page.getByText('Unavailable', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Connect', exact: true }).click();
    await page.getByText('Connected', { exact: true }).waitFor();
    await page.getByText('Enabled', { exact: true }).waitFor();
  });

  it('finds the event of what was done, and shows it in full', async () => {
    await show('events', 'Event history');
    await page.getByLabel('Value').fill('CreateKey');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('link', { name: 'CreateKey' }).first().click();
    await page.getByRole('dialog').getByText('"eventName": "CreateKey"').waitFor();
    await page.getByRole('button', { name: 'Close' }).click();
  });

  it('makes a user with an access key, whose refusals are shown with their reason', async () => {
    await show('users', 'Users');
    await page.getByRole('button', { name: 'Create user' }).click();
    await page.getByLabel('User name').fill('ada');
    await page.getByRole('dialog').getByRole('button', { name: 'Create' }).click();
    await heading('ada').waitFor();
    await page.getByRole('button', { name: 'Create access key' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByText('only time that the secret access key is shown').waitFor();
    const text = await dialog.innerText();
    const accessKeyId = /AKIA[A-Z0-9]{16}/.exec(text)?.[0] ?? '';
    const secretAccessKey = /(?:^|\s)([A-Za-z0-9/+]{40})(?:\s|$)/.exec(text)?.[1] ?? '';
    await dialog.getByRole('button', { name: 'Done' }).click();

    const other = await openWindow(browser, claviger.config().endpoint);
    other.page.setDefaultTimeout(WAIT_MS);
    await signIn(other.page, claviger.config().endpoint, { accessKeyId, secretAccessKey });
    await goTo(other.page, `keys/${keyId}`);
    await other.page.getByText('You may not see this').waitFor();
    await other.page.getByText('is not authorized to perform: kms:DescribeKey').waitFor();
    assert.deepEqual(other.offences, []);
    await other.page.context().close();
  });

  it('explains with the simulator why something is denied', async () => {
    const { accountId, region } = claviger.config();
    await show('simulator', 'Policy simulator');
    await page.getByLabel('Principal').fill(`arn:aws:iam::${accountId}:user/ada`);
    await page.getByLabel('Actions').fill('kms:Decrypt');
    await page.getByLabel('Resource').fill(`arn:aws:kms:${region}:${accountId}:key/${keyId}`);
    await page.getByRole('button', { name: 'Simulate' }).click();
    await page.getByText('Denied: nothing allows it').waitFor();
  });

  for (const [path, title] of PAGES) {
    it(`is accessible, light and dark: ${title}`, async () => {
      await show(path, title);
      await page.waitForLoadState('networkidle');
      await page.evaluate(readFileSync(AXE, 'utf8'));
      for (const mode of ['Dark mode', 'Light mode']) {
        await page.getByRole('button', { name: mode }).click();
        const found: string[] = await page.evaluate(
          'axe.run({ resultTypes: ["violations"] }).then(({ violations }) => violations.filter(({ impact }) => impact === "serious" || impact === "critical").map(({ id, nodes }) => id + " " + nodes.map(({ target }) => target).join(" ")))',
        );
        assert.deepEqual(found, []);
      }
    });
  }

  it('fits a narrow window', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const [path, title] of PAGES) {
      await show(path, title);
      const overflow = Number(
        await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
      );
      assert.ok(overflow <= 0, `${path} is ${overflow} px too wide`);
    }
  });

  it('caused no error, broke no rule of its policy, and called no other host', () => {
    assert.deepEqual(offences, []);
  });
});
