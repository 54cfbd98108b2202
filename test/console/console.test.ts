/** The console in a real browser, against a whole Claviger with a real cluster of HSMs. */
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';
import {
  CreateKeyCommand,
  DecryptCommand,
  DisableKeyCommand,
  EnableKeyCommand,
  EncryptCommand,
  GetKeyPolicyCommand,
} from '@aws-sdk/client-kms';
import type { Page, Route } from 'playwright-core';
import { eventually } from '../stories/claviger.ts';
import type { Claviger } from '../stories/claviger.ts';
import { seriousFindingsInBothModes, tooWide } from './axe.ts';
import { goTo, noBrowser, openWindow, signIn } from './browser.ts';
import { holdDown } from './hsm-processes.ts';
import { startStory } from './story.ts';
import type { Story } from './story.ts';

const WAIT_MS = 30_000;
const noCli = spawnSync('aws', ['--version']).status === 0 ? false : 'the command aws is not installed';
/** An HSM that died again and again is started after longer and longer pauses. */
const HEALING_MS = 90_000;

/** Every page that the navigation leads to, with its heading. */
const PAGES: readonly (readonly [string, string])[] = [
  ['overview', 'Overview'],
  ['keys', 'Customer managed keys'],
  ['aws-keys', 'AWS managed keys'],
  ['key-stores', 'Custom key stores'],
  ['clusters', 'HSM clusters'],
  ['cost', 'Cost'],
  ['users', 'Users'],
  ['roles', 'Roles'],
  ['policies', 'Policies'],
  ['simulator', 'Policy simulator'],
  ['events', 'Event history'],
  ['hsm-logs', 'HSM logs'],
  ['reconciliation', 'Reconciliation'],
];

describe('the console', { skip: noBrowser }, () => {
  let story: Story;
  let claviger: Claviger;
  let page: Page;

  before(async () => {
    story = await startStory({ signedIn: false });
    ({ claviger, page } = story);
  });
  after(() => story?.end());

  const heading = (text: string) => story.heading(text);
  const show = (path: string, title: string): Promise<void> => story.show(path, title);

  /** When nothing of the page is on its way any more. */
  const loaded = async (): Promise<void> => {
    await page.waitForFunction(`document.querySelector('.page [class*=awsui_spinner]') === null`);
  };
  /** Pages of one thing, and those that make one. */
  const details = (): readonly (readonly [string, string])[] => {
    const { clusterId, customKeyStoreId } = claviger.config();
    return [
      [`keys/${keyId}`, 'alias/orders'],
      [`keys/${keyId}?tab=backing-keys`, 'alias/orders'],
      [`keys/${keyId}?tab=external-use`, 'alias/orders'],
      [`clusters/${clusterId}`, clusterId],
      [`key-stores/${customKeyStoreId}`, 'default-hsm'],
      ['users/ada', 'ada'],
      ['create-key', 'Configure key'],
      ['clusters/create', 'Create cluster'],
      ['key-stores/create', 'Create key store'],
    ];
  };
  let keyId = '';

  it('says why a wrong access key is refused', async () => {
    await page.goto(`${claviger.config().endpoint}/console/`);
    await page.getByText('four hours (one hour for the root user)').waitFor();
    await signIn(page, claviger.config().endpoint, {
      ...claviger.config(),
      secretAccessKey: 'wrong'.repeat(8),
    });
    const refusal = /SignatureDoesNotMatch|InvalidSignature|InvalidClientTokenId/;
    await page.getByText(refusal).first().waitFor();
    await page.locator('[aria-live=assertive]', { hasText: refusal }).waitFor({ state: 'attached' });
  });

  it('signs in with an access key, and keeps a session of its own and not the key', async () => {
    const { endpoint, accessKeyId, secretAccessKey } = claviger.config();
    await signIn(page, endpoint, { accessKeyId, secretAccessKey });
    await heading('Overview').waitFor();
    const kept = await page.evaluate('JSON.stringify({ ...sessionStorage, ...localStorage })');
    assert.ok(!String(kept).includes(secretAccessKey));
    assert.ok(!String(kept).includes(accessKeyId));
    const expiresAt = await page.evaluate("JSON.parse(sessionStorage.getItem('claviger-session')).expiresAt");
    assert.ok(Number(expiresAt) <= Date.now() + 3_600_000, 'the root user has an hour, as the page said');
  });

  it('has nothing to report of a new installation', async () => {
    await page.getByText('Nothing. All key stores serve').waitFor();
  });

  it('makes a key in the HSMs with the wizard', async () => {
    await show('create-key', 'Configure key');
    await page.getByText('Advanced options').click();
    await page.getByText('Custom key store (HSM cluster)').click();
    await page.getByText('default-hsm', { exact: true }).click();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByLabel('Alias', { exact: true }).fill('my orders');
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('An alias has letters, digits, and / _ - only.').first().waitFor();
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

  it('made a key that the AWS CLI uses', { skip: noCli }, async () => {
    const { endpoint, region, accessKeyId, secretAccessKey } = claviger.config();
    const plaintext = join(claviger.dataDir, 'plaintext');
    writeFileSync(plaintext, 'by the CLI');
    const { stdout, stderr } = await promisify(execFile)(
      'aws',
      [
        '--endpoint-url',
        endpoint,
        'kms',
        'encrypt',
        '--key-id',
        'alias/orders',
        '--plaintext',
        `fileb://${plaintext}`,
      ],
      {
        env: {
          PATH: process.env['PATH'],
          HOME: claviger.dataDir,
          AWS_DEFAULT_REGION: region,
          AWS_ACCESS_KEY_ID: accessKeyId,
          AWS_SECRET_ACCESS_KEY: secretAccessKey,
          AWS_EC2_METADATA_DISABLED: 'true',
        },
      },
    );
    const { CiphertextBlob, KeyId } = JSON.parse(stdout) as { CiphertextBlob: string; KeyId: string };
    assert.ok(KeyId.endsWith(keyId), stderr);
    const { Plaintext } = await claviger
      .client()
      .send(new DecryptCommand({ CiphertextBlob: Buffer.from(CiphertextBlob, 'base64') }));
    assert.equal(Buffer.from(Plaintext ?? []).toString(), 'by the CLI');
  });

  it('shows every tab of a key', async () => {
    const tabs = [
      'Key policy',
      'Cryptographic configuration',
      'Backing keys',
      'Tags',
      'Grants',
      'Usage',
      'Events',
      'Evidence',
      'External use',
      'Aliases',
    ];
    for (const name of tabs) {
      await page.getByRole('tab', { name }).click();
      await page.getByRole('tabpanel').getByRole('heading', { level: 2 }).first().waitFor();
    }
  });

  it('says which HSMs hold the key, and as what', async () => {
    await page.getByRole('tab', { name: 'Backing keys' }).click();
    const panel = page.getByRole('tabpanel');
    await panel.getByText(/^[0-9a-f]{32}$/).waitFor();
    for (const hsmId of Object.keys(claviger.config().pids.hsm)) await panel.getByText(hsmId).waitFor();
  });

  it('makes an external key for another KMS, and says where a refused one failed', async () => {
    await page.getByRole('tab', { name: 'External use' }).click();
    const panel = page.getByRole('tabpanel');
    await panel.getByRole('button', { name: 'Generate an external key' }).click();
    await panel.getByText(new RegExp(`^${keyId}\\.[A-Za-z0-9_-]{54}$`)).waitFor();
    const kms = claviger.client();
    await kms.send(new DisableKeyCommand({ KeyId: keyId }));
    await panel.getByRole('button', { name: 'Generate an external key' }).click();
    await panel.getByText(/is disabled/).waitFor();
    await kms.send(new EnableKeyCommand({ KeyId: keyId }));
    kms.destroy();
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
    await page.getByText('will not allow you to update the key policy').first().waitFor();
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

  it('gives a key a second name, typed where the dialog opens, and lists it by one of them', async () => {
    await show(`keys/${keyId}?tab=aliases`, 'alias/orders');
    await page.getByRole('button', { name: 'Create alias' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Alias', { exact: true }).and(page.locator(':focus')).waitFor();
    await page.keyboard.type('purchases');
    await page.keyboard.press('Enter');
    // shown, and said to a screen reader
    await page.getByText('alias/purchases names this key now.').first().waitFor();
    await page
      .locator('[aria-live=polite]', { hasText: 'alias/purchases names this key now.' })
      .waitFor({ state: 'attached' });
    await dialog.waitFor({ state: 'hidden' });
    await show('keys', 'Customer managed keys');
    await page.getByRole('row').filter({ hasText: 'alias/orders +1 more' }).getByText('Enabled').waitFor();
  });

  it('tells why something was refused, though its dialog was closed before the answer came', async () => {
    await show(`keys/${keyId}?tab=aliases`, 'alias/orders');
    await page.getByRole('button', { name: 'Create alias' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Alias', { exact: true }).fill('purchases');
    const calls = `${claviger.config().endpoint}/`;
    const held: Route[] = [];
    await page.route(calls, (route) =>
      route.request().headers()['x-amz-target'] === 'TrentService.CreateAlias'
        ? void held.push(route)
        : route.continue(),
    );
    await dialog.getByRole('button', { name: 'Create' }).click();
    await eventually(WAIT_MS, 'the call', () => (held.length > 0 ? true : undefined));
    await dialog.getByRole('button', { name: 'Cancel' }).click();
    await dialog.waitFor({ state: 'hidden' });
    for (const route of held) await route.continue();
    await page.getByText('AlreadyExistsException').waitFor();
    await page.unroute(calls);
  });

  it('shows a dead HSM, and that it healed', async () => {
    const { clusterId } = claviger.config();
    await show(`clusters/${clusterId}`, clusterId);
    const [hsmId = '', otherId = ''] = Object.keys(claviger.config().pids.hsm);
    await page.getByText(hsmId).first().waitFor();
    const release = holdDown(claviger, hsmId);
    try {
      await page.getByText('Degraded').first().waitFor();
      await page.getByText('The HSM does not answer.').waitFor();
      await page.getByRole('button', { name: `Remove ${otherId}` }).click();
      await page.getByRole('dialog').getByText('No other HSM of this cluster serves now').waitFor();
      await page.getByRole('dialog').getByRole('button', { name: 'Cancel' }).click();
      await show(`keys/${keyId}?tab=backing-keys`, 'alias/orders');
      await page.getByText('Not known: it does not answer now').waitFor();
      await goTo(page, 'overview');
      await page.getByText(`The HSM ${hsmId}`).waitFor();
      const client = claviger.client({ maxAttempts: 5 });
      await client.send(new EncryptCommand({ KeyId: 'alias/orders', Plaintext: Buffer.from('still here') }));
    } finally {
      release();
    }
    await show(`clusters/${clusterId}`, clusterId);
    await eventually(HEALING_MS, 'every HSM is active', async () =>
      (await page.getByText('Degraded').count()) === 0 && (await page.getByText('Active').count()) >= 3
        ? true
        : undefined,
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
    await page.getByRole('button', { name: 'Attribute' }).click();
    await page.getByRole('option', { name: 'Event name' }).click();
    await page.getByLabel('Value').fill('CreateKey');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('link', { name: 'CreateKey' }).first().click();
    await page.getByRole('dialog').getByText('"eventName": "CreateKey"').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();
  });

  it('finds what was done since, when the same search is asked again', async () => {
    const found = page.getByRole('link', { name: 'CreateKey' });
    const before = await found.count();
    await claviger.client().send(new CreateKeyCommand({}));
    await eventually(WAIT_MS, 'the new event', async () => {
      await page.getByRole('button', { name: 'Search' }).click();
      await found.first().waitFor();
      return (await found.count()) > before ? true : undefined;
    });
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
    await page.mouse.click(5, 5); // beside it
    await dialog.getByRole('button', { name: 'Done' }).click();

    const other = await openWindow(story.browser, claviger.config().endpoint);
    other.page.setDefaultTimeout(WAIT_MS);
    await signIn(other.page, claviger.config().endpoint, { accessKeyId, secretAccessKey });
    await goTo(other.page, `keys/${keyId}`);
    await other.page.getByText('You may not see this').waitFor();
    await other.page.getByText('is not authorized to perform: kms:DescribeKey').waitFor();

    // IAM takes no call of a user's session: the access key is asked for, and must be the same user's
    await goTo(other.page, 'users');
    await other.page.getByRole('button', { name: 'Enter access key' }).click();
    const asked = other.page.getByRole('dialog');
    const give = async (key: { accessKeyId: string; secretAccessKey: string }): Promise<void> => {
      await asked.getByLabel('Access key ID').fill(key.accessKeyId);
      await asked.getByLabel('Secret access key').fill(key.secretAccessKey);
      await asked.getByLabel('Secret access key').press('Enter');
    };
    await give(claviger.config());
    await asked.getByText('This is not an access key of').waitFor();
    await give({ accessKeyId, secretAccessKey });
    await other.page.getByText('is not authorized to perform: iam:ListUsers').waitFor();
    const kept = await other.page.evaluate('JSON.stringify({ ...sessionStorage, ...localStorage })');
    assert.ok(!String(kept).includes(secretAccessKey));
    assert.deepEqual(other.offences, []);
    await other.page.context().close();
  });

  it('asks before an access key is deleted', async () => {
    await page.getByRole('button', { name: /^Delete AKIA/ }).click();
    await page.getByRole('dialog').getByText('is refused from then on').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('This user has no access key.').waitFor();
  });

  it('says that what it shows may be old when the server does not answer any more', async () => {
    await show('key-stores', 'Custom key stores');
    await page.getByText('Connected', { exact: true }).waitFor();
    const calls = `${claviger.config().endpoint}/`;
    await page.route(calls, (route) => route.abort());
    try {
      await page.getByText('What is shown here may have changed').waitFor();
      await page.getByText('Claviger does not answer.').waitFor();
    } finally {
      await page.unroute(calls);
    }
    await page.getByText('What is shown here may have changed').waitFor({ state: 'hidden' });
  });

  it('shows the overview though a proxy answers for the readiness in its own words', async () => {
    const readyz = `${claviger.config().endpoint}/readyz`;
    await page.route(readyz, (route) => route.fulfill({ status: 403, body: '<h1>Forbidden</h1>' }));
    await show('overview', 'Overview');
    await page.getByText('Readiness could not be looked at. /readyz is answered with 403.').waitFor();
    await page.getByText('HSMs active').waitFor();
    await page.unroute(readyz);
  });

  it('says that it may be old when the server is silent, and asks no second time meanwhile', async () => {
    await show('key-stores', 'Custom key stores');
    await page.getByText('Connected', { exact: true }).waitFor();
    const calls = `${claviger.config().endpoint}/`;
    const held: Route[] = [];
    let silent = true;
    await page.route(calls, (route) => (silent ? void held.push(route) : route.continue()));
    try {
      await page.getByText('Claviger has not answered for 10 seconds.').waitFor();
      await page.getByText('What is shown here may have changed').waitFor();
      assert.equal(held.length, 1);
    } finally {
      silent = false;
      for (const route of held) await route.continue();
    }
    await page.getByText('What is shown here may have changed').waitFor({ state: 'hidden' });
    await page.unroute(calls);
  });

  it('keeps its navigation when a page cannot be loaded, or an address is none', async () => {
    const other = await openWindow(story.browser, claviger.config().endpoint);
    other.page.setDefaultTimeout(WAIT_MS);
    await signIn(other.page, claviger.config().endpoint, claviger.config());
    await other.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await goTo(other.page, 'keys/%zz');
    await other.page.getByText('This could not be loaded').waitFor();
    await other.page.route('**/assets/simulator-page*', (route) => route.abort());
    await goTo(other.page, 'simulator');
    await other.page.getByText('This page could not be shown').waitFor();
    await other.page.getByRole('link', { name: 'Overview' }).click();
    await other.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    await other.page.context().close();
  });

  it('makes somebody a key user in the form of the key policy', async () => {
    await show(`keys/${keyId}?tab=policy`, 'alias/orders');
    await page.getByRole('button', { name: 'Key users' }).click();
    await page.getByRole('option', { name: 'ada' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Save changes' }).click();
    await page.getByText('The key policy was changed.').first().waitFor();
    const { Policy = '' } = await claviger
      .client()
      .send(new GetKeyPolicyCommand({ KeyId: keyId, PolicyName: 'default' }));
    assert.match(Policy, /Enable IAM User Permissions[\s\S]*Allow use of the key[\s\S]*user\/ada/);
  });

  it('explains with the simulator why something is denied', async () => {
    const { accountId, region } = claviger.config();
    await show('simulator', 'Policy simulator');
    await page.getByLabel('Principal').fill(`arn:aws:iam::${accountId}:user/ada`);
    await page.getByLabel('Actions').fill('kms:DisableKey');
    await page.getByLabel('Resource').fill(`arn:aws:kms:${region}:${accountId}:key/${keyId}`);
    await page.getByLabel('Condition keys').fill('aws:SourceIp: 10.0.0.1');
    await page.getByText('There is no key and = in: aws:SourceIp: 10.0.0.1').first().waitFor();
    assert.ok(await page.getByRole('button', { name: 'Simulate' }).isDisabled());
    await page.getByLabel('Condition keys').fill('aws:SourceIp=10.0.0.1');
    await page.getByRole('button', { name: 'Simulate' }).click();
    await page.getByText('Denied: nothing allows it').waitFor();
  });

  it('shows every page without a serious finding of axe, light and dark', async () => {
    const found: string[] = [];
    for (const [path, title] of [...PAGES, ...details()]) {
      await show(path, title);
      await loaded();
      const serious = await seriousFindingsInBothModes(page);
      found.push(...serious.map((finding) => `${path}, ${finding}`));
    }
    assert.deepEqual(found, []);
  });

  it('names each page in the title of the window, and moves the focus to it', async () => {
    await show('keys', 'Customer managed keys');
    assert.equal(await page.title(), 'Customer managed keys – Claviger');
    await page.getByRole('link', { name: 'HSM clusters' }).click();
    await heading('HSM clusters').waitFor();
    assert.equal(await page.title(), 'HSM clusters – Claviger');
    const focused = await page.evaluate('document.activeElement.getAttribute("aria-label")');
    assert.equal(focused, 'HSM clusters');
  });

  it('is used with the keyboard alone: shortcut to the page, menus, dialogs that give the focus back', async () => {
    await show(`keys/${keyId}`, 'alias/orders');
    await page.reload();
    await heading('alias/orders').waitFor();
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Skip to the page');
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    assert.equal(await page.evaluate('document.activeElement.textContent'), 'Key actions');
    await page.keyboard.press('Enter');
    await page.getByRole('menuitem', { name: 'Disable' }).waitFor();
    await page.keyboard.press('ArrowDown');
    await page.getByRole('menuitem', { name: 'Disable' }).press('Enter');
    await page.getByRole('dialog').waitFor();
    assert.ok(await page.evaluate('document.activeElement.closest("[role=dialog]") !== null'));
    await page.keyboard.press('Escape');
    await page.getByRole('dialog').waitFor({ state: 'hidden' });
  });

  it('fits a narrow window', async () => {
    await page.setViewportSize({ width: 390, height: 844 });
    for (const [path, title] of [...PAGES, ...details()]) {
      await show(path, title);
      await loaded();
      const overflow = await tooWide(page);
      assert.ok(overflow <= 0, `${path} is ${overflow} px too wide`);
    }
  });

  it('caused no error, broke no rule of its policy, and called no other host', () => {
    assert.deepEqual(story.offences, []);
  });
});
