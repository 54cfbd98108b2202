/** The console's pages of external key stores, against a whole Claviger and an XKS proxy. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { DecryptCommand, EncryptCommand } from '@aws-sdk/client-kms';
import type { Locator } from 'playwright-core';
import { parse, stringify } from 'yaml';
import { WITHOUT_REQUEST_QUOTAS } from '../stories/without-quotas.ts';
import { newCredential, startXksProxy } from '../xks/xks-proxy.ts';
import type { XksProxy } from '../xks/xks-proxy.ts';
import { seriousFindings, seriousFindingsInBothModes, tooWide } from './axe.ts';
import { goTo, noBrowser } from './browser.ts';
import { startStory } from './story.ts';
import type { Story } from './story.ts';

const SERVICE = 'com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0';
const HOST = 'proxy.xks.test';
const STORE = 'elsewhere';

describe('the console and external key stores', { skip: noBrowser }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'claviger-'));
  let proxy: XksProxy;
  let story: Story;
  let storeId = '';
  let keyId = '';

  before(async () => {
    proxy = await startXksProxy({ host: HOST, keys: { 'orders-1': {}, 'orders-2': {} } });
    const ca = join(folder, 'ca.pem');
    writeFileSync(ca, proxy.ca);
    const service = { privateDnsName: HOST, address: `127.0.0.1:${proxy.port}` };
    const configuration = stringify({
      ...(parse(WITHOUT_REQUEST_QUOTAS) as object),
      externalKeyStores: {
        timeoutMilliseconds: 2_000,
        certificateAuthorities: [ca],
        vpcEndpointServices: { [SERVICE]: service },
      },
    });
    story = await startStory({ configuration });
  });
  after(async () => {
    await story?.end();
    await proxy?.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const idInAddress = (): string => new URL(story.page.url()).hash.split('/')[2]?.split('?')[0] ?? '';
  const showStore = (): Promise<void> => story.show(`key-stores/${storeId}`, STORE);
  const dialog = (): Locator => story.page.getByRole('dialog');
  const connection = (text: string): Promise<void> => story.page.getByText(text, { exact: true }).waitFor();

  const connect = async (): Promise<void> => {
    await showStore();
    await story.page.getByRole('button', { name: 'Connect', exact: true }).click();
  };
  const disconnect = async (): Promise<void> => {
    await showStore();
    await story.page.getByRole('button', { name: 'Disconnect' }).click();
    await dialog().getByRole('button', { name: 'Disconnect' }).click();
    await connection('Disconnected');
  };

  it('says which field of a new store is wrong, and that a file is not a configuration of a proxy', async () => {
    const { page, show } = story;
    await show('key-stores/create', 'Create key store');
    await page.getByText('External key store', { exact: true }).click();
    await page.getByText('VPC endpoint service', { exact: true }).click();
    await page.getByLabel('Name', { exact: true }).fill(STORE);
    await page.getByLabel('Name of the VPC endpoint service').fill(SERVICE);
    await page.getByLabel('URI endpoint').fill(`${proxy.uriEndpoint}:${proxy.port}`);
    await page.getByText('without port and path').first().waitFor();
    await page.getByLabel('URI endpoint').fill(proxy.uriEndpoint);
    const file = page.locator('input[type=file]');
    await file.setInputFiles({ name: 'ca.pem', mimeType: 'text/plain', buffer: Buffer.from(proxy.ca) });
    await page.getByText('This file is not JSON.').first().waitFor();
    assert.ok(await page.getByRole('button', { name: 'Create key store' }).isDisabled());
  });

  it('shows the form without a serious finding of axe, light and dark', async () => {
    assert.deepEqual(await seriousFindingsInBothModes(story.page), []);
  });

  it('makes a store with the configuration file of its proxy, whose secret it does not keep', async () => {
    const { page, heading } = story;
    const { accessKeyId, secretAccessKey } = proxy.credential;
    const content = {
      XksProxyUriPath: proxy.uriPath,
      XksProxyAuthenticationCredential: { AccessKeyId: accessKeyId, RawSecretAccessKey: secretAccessKey },
    };
    const buffer = Buffer.from(JSON.stringify(content));
    await page
      .locator('input[type=file]')
      .setInputFiles({ name: 'proxy.json', mimeType: 'application/json', buffer });
    await page.locator(`input[value="${accessKeyId}"]`).waitFor();
    assert.equal(await page.getByLabel('URI path').inputValue(), proxy.uriPath);
    assert.equal(await page.getByLabel('Secret access key of the proxy').getAttribute('type'), 'password');
    await page.getByRole('button', { name: 'Create key store' }).click();
    await heading(STORE).waitFor();
    storeId = idInAddress();
    assert.match(storeId, /^cks-/);
    await connection('Disconnected');
    for (const text of [accessKeyId, proxy.uriEndpoint, proxy.uriPath, SERVICE])
      await page.getByText(text, { exact: true }).waitFor();
    assert.equal(await page.getByText('HSM cluster ID').count(), 0);
    const kept = await page.evaluate('JSON.stringify({ ...sessionStorage, ...localStorage })');
    assert.ok(!`${String(kept)} ${await page.content()}`.includes(secretAccessKey));
  });

  it('lists it beside the store on HSMs, and misses its connection on the overview', async () => {
    const { page, show } = story;
    await show('key-stores', 'Custom key stores');
    const row = (text: string): Locator => page.getByRole('row').filter({ hasText: text });
    await row(STORE).getByText('External key store', { exact: true }).waitFor();
    await row(STORE).getByText(proxy.uriEndpoint).waitFor();
    await row('default-hsm').getByText('HSM cluster', { exact: true }).waitFor();
    await row('default-hsm').getByRole('link', { name: story.claviger.config().clusterId }).waitFor();
    await show('overview', 'Overview');
    await page.getByText(`The key store ${STORE} is disconnected`).waitFor();
  });

  it('explains a connection that failed, and what to do', async () => {
    const { page } = story;
    proxy.misbehave('all unavailable');
    await connect();
    await connection('Failed');
    await page.getByText('XKS_PROXY_NOT_REACHABLE').waitFor();
    await page.getByText('no instance of its key manager is available').waitFor();
    await page.getByText('Look whether proxy and key manager run').waitFor();
    await goTo(page, 'overview');
    await page
      .getByText(`The key store ${STORE} could not be connected. KMS cannot reach the proxy`)
      .waitFor();
    proxy.misbehave(undefined);
    await disconnect();
    await connect();
    await connection('Connected');
  });

  it('makes a key of an external key with the wizard, which says what is missing', async () => {
    const { page, show, heading } = story;
    const next = (): Promise<void> => page.getByRole('button', { name: 'Next' }).click();
    const nextTo = async (...titles: string[]): Promise<void> => {
      for (const title of titles) {
        await next();
        await heading(title).waitFor();
      }
    };
    await show('create-key', 'Configure key');
    await page.getByText('Advanced options').click();
    await page.getByText('External key store', { exact: true }).click();
    await next();
    await page.getByText('Choose the custom key store of the key.').first().waitFor();
    await page.getByText(STORE, { exact: true }).click();
    await next();
    await page.getByText('Give the id of the external key.').first().waitFor();
    await page.getByLabel('External key ID').fill('orders-3');
    await next();
    await page.getByLabel('Alias', { exact: true }).fill('orders');
    await nextTo('Key administrators', 'Key users', 'Review');
    await page.getByRole('button', { name: 'Create key' }).click();
    await page.getByText('XksKeyNotFoundException').first().waitFor();
    for (let step = 0; step < 4; step += 1) await page.getByRole('button', { name: 'Previous' }).click();
    await page.getByLabel('External key ID').fill('orders-1');
    await nextTo('Add labels', 'Key administrators', 'Key users', 'Review');
    await page.getByText('orders-1', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Create key' }).click();
    await heading('alias/orders').waitFor();
    keyId = idInAddress();
  });

  it('made a key that is used through the proxy', async () => {
    const client = story.claviger.client();
    const Plaintext = Buffer.from('attack at dawn');
    const { CiphertextBlob } = await client.send(new EncryptCommand({ KeyId: 'alias/orders', Plaintext }));
    const answer = await client.send(new DecryptCommand({ CiphertextBlob }));
    client.destroy();
    assert.deepEqual(Buffer.from(answer.Plaintext ?? []), Plaintext);
    const uses = proxy.requests.filter(({ externalKeyId }) => externalKeyId === 'orders-1');
    assert.ok(uses.some(({ operation }) => operation === 'Encrypt'));
    assert.ok(uses.some(({ operation }) => operation === 'Decrypt'));
  });

  it('shows the external key of a key, and nothing of HSMs', async () => {
    const { page, show } = story;
    await show(`keys/${keyId}`, 'alias/orders');
    await page.getByRole('button', { name: 'Copy External key ID' }).waitFor();
    await page.getByRole('link', { name: storeId }).waitFor();
    const tabs = [
      'Key policy',
      'Cryptographic configuration',
      'Tags',
      'Grants',
      'Usage',
      'Events',
      'Evidence',
    ];
    for (const name of tabs) {
      await page.getByRole('tab', { name }).click();
      await page.getByRole('tabpanel').getByRole('heading', { level: 2 }).first().waitFor();
    }
    for (const name of ['Backing keys', 'Key rotation'])
      assert.equal(await page.getByRole('tab', { name }).count(), 0);
    assert.equal(await page.getByText('its attributes in each HSM').count(), 0);
    await page.getByRole('tab', { name: 'Cryptographic configuration' }).click();
    assert.equal(await page.getByText('HSM cluster ID').count(), 0);
    assert.deepEqual(await seriousFindingsInBothModes(page), []);
  });

  it('gathers evidence of it', async () => {
    const { page } = story;
    await page.getByRole('tab', { name: 'Evidence' }).click();
    await page.getByRole('button', { name: 'Gather evidence' }).click();
    await page.getByRole('button', { name: 'Download report (HTML)' }).waitFor();
  });

  it('says before a key is deleted what becomes of its external key', async () => {
    const { page } = story;
    await page.getByRole('button', { name: 'Key actions' }).click();
    await page.getByRole('menuitem', { name: 'Schedule deletion' }).click();
    await dialog().getByText('Its external key stays in the key manager').waitFor();
    assert.equal(await dialog().getByText('on every HSM').count(), 0);
    await dialog().getByRole('button', { name: 'Cancel' }).click();
  });

  it('lists the keys of a store with their external keys', async () => {
    const { page } = story;
    await showStore();
    const row = page.getByRole('row').filter({ hasText: 'alias/orders' });
    await row.getByText('orders-1', { exact: true }).waitFor();
  });

  it('changes the credential of a store that is connected, and offers no other way to the proxy', async () => {
    const { page } = story;
    const { accessKeyId, secretAccessKey } = newCredential();
    proxy.credentials.push({ accessKeyId, secretAccessKey });
    await page.getByRole('button', { name: 'Edit' }).click();
    assert.ok(await dialog().getByLabel('URI endpoint').isDisabled());
    assert.ok(await dialog().getByLabel('Name of the VPC endpoint service').isDisabled());
    assert.ok(await dialog().getByRole('radio', { name: 'Public endpoint' }).isDisabled());
    assert.deepEqual(await seriousFindings(page), []);
    await dialog().getByLabel('Access key ID of the proxy').fill(accessKeyId);
    assert.ok(await dialog().getByRole('button', { name: 'Save' }).isDisabled());
    await dialog().getByLabel('Secret access key of the proxy').fill(secretAccessKey);
    await dialog().getByRole('button', { name: 'Save' }).click();
    await page.getByText('The key store was changed.').first().waitFor();
    await page.getByText(accessKeyId, { exact: true }).waitFor();
    assert.equal(proxy.requests.at(-1)?.accessKeyId, accessKeyId);
  });

  it('says why a change is refused that the proxy does not answer to, and changes nothing', async () => {
    const { page } = story;
    await disconnect();
    await page.getByText('Unavailable', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Edit' }).click();
    assert.ok(await dialog().getByLabel('URI endpoint').isEnabled());
    await dialog().getByLabel('URI path').fill('/other/kms/xks/v1');
    await dialog().getByRole('button', { name: 'Save' }).click();
    await dialog().getByText('XksProxyInvalidConfigurationException').waitFor();
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    await page.getByText(proxy.uriPath, { exact: true }).waitFor();
  });

  it('deletes no store that has keys', async () => {
    const { page } = story;
    await page.getByRole('button', { name: 'Delete' }).click();
    await dialog().getByText('the external keys stay as they are').waitFor();
    await dialog().getByRole('button', { name: 'Delete' }).click();
    await dialog().getByText('CustomKeyStoreHasCMKsException').waitFor();
    await dialog().getByRole('button', { name: 'Cancel' }).click();
  });

  it('fits a narrow window', async () => {
    const { page, show } = story;
    await page.setViewportSize({ width: 390, height: 844 });
    await showStore();
    assert.ok((await tooWide(page)) <= 0);
    await page.getByRole('button', { name: 'Edit' }).click();
    assert.ok((await tooWide(page)) <= 0);
    await dialog().getByRole('button', { name: 'Cancel' }).click();
    await show(`keys/${keyId}`, 'alias/orders');
    assert.ok((await tooWide(page)) <= 0);
    await show('key-stores/create', 'Create key store');
    await page.getByText('External key store', { exact: true }).click();
    await page.getByText('VPC endpoint service', { exact: true }).click();
    assert.ok((await tooWide(page)) <= 0);
  });

  it('caused no error, broke no rule of its policy, and called no other host', () => {
    assert.deepEqual(story.offences, []);
  });
});
