/** The console where the API refuses something: users who may do little, and quotas. */
import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { CreateAccessKeyCommand, CreateUserCommand, PutUserPolicyCommand } from '@aws-sdk/client-iam';
import { CreateKeyCommand, PutKeyPolicyCommand } from '@aws-sdk/client-kms';
import type { Page } from 'playwright-core';
import { clientsOf, policyDocument } from '../stories/iam-clients.ts';
import type { TestClients } from '../stories/iam-clients.ts';
import { goTo, noBrowser, openWindow, signIn } from './browser.ts';
import { startStory } from './story.ts';
import type { Story } from './story.ts';

const WAIT_MS = 30_000;
/** More than a quota of five in a second lets through at once. */
const KEYS = 12;
const NO_KEY = { accessKeyId: '', secretAccessKey: '' };

describe('the console where something is refused', { skip: noBrowser }, () => {
  let story: Story;
  let clients: TestClients;
  const keyIds: string[] = [];
  const keyOf = new Map<string, typeof NO_KEY>();
  const offences: (readonly string[])[] = [];

  before(async () => {
    story = await startStory({ configuration: 'requestQuotas: {}\n' });
    offences.push(story.offences);
    const config = story.claviger.config();
    clients = clientsOf(config.endpoint, config, config.region);
    const kms = story.claviger.client({ maxAttempts: 10 });
    for (let made = 0; made < KEYS; made += 1)
      keyIds.push((await kms.send(new CreateKeyCommand({}))).KeyMetadata?.KeyId ?? '');
    kms.destroy();
  });
  after(async () => {
    clients?.destroy();
    await story?.end();
  });

  it('disables and enables more keys at once than a quota lets through in a second', async () => {
    const { page, show } = story;
    await show('keys', 'Customer managed keys');
    await page
      .getByText('Enabled', { exact: true })
      .nth(KEYS - 1)
      .waitFor();
    for (const keyId of keyIds) {
      await page.getByRole('checkbox', { name: keyId }).focus();
      await page.keyboard.press('Space');
    }
    await page
      .getByRole('checkbox', { checked: true })
      .nth(KEYS - 1)
      .waitFor({ state: 'attached' });
    await page.getByRole('button', { name: 'Key actions' }).click();
    await page.getByRole('menuitem', { name: 'Disable' }).click();
    await page.getByRole('dialog').getByText(`These ${KEYS} keys then refuse every use`).waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Disable' }).click();
    await page.getByText(`${KEYS} keys are disabled.`).first().waitFor();
    await page
      .getByText('Disabled', { exact: true })
      .nth(KEYS - 1)
      .waitFor();
    // they are still selected, and are acted on as what they are now
    await page.getByRole('button', { name: 'Key actions' }).click();
    await page.getByRole('menuitem', { name: 'Enable' }).click();
    await page.getByText(`${KEYS} keys are enabled.`).first().waitFor();
  });

  /** A new user, signed in in a window of their own. */
  const windowOf = async (UserName: string, ...statements: object[]): Promise<Page> => {
    const { endpoint } = story.claviger.config();
    await clients.iam.send(new CreateUserCommand({ UserName }));
    if (statements.length > 0) {
      const PolicyDocument = policyDocument(...statements);
      await clients.iam.send(new PutUserPolicyCommand({ UserName, PolicyName: 'own', PolicyDocument }));
    }
    const { AccessKey } = await clients.iam.send(new CreateAccessKeyCommand({ UserName }));
    const { AccessKeyId = '', SecretAccessKey = '' } = AccessKey ?? {};
    const credentials = { accessKeyId: AccessKeyId, secretAccessKey: SecretAccessKey };
    keyOf.set(UserName, credentials);
    const window = await openWindow(story.browser, endpoint);
    offences.push(window.offences);
    window.page.setDefaultTimeout(WAIT_MS);
    await signIn(window.page, endpoint, credentials);
    await window.page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
    return window.page;
  };

  it('shows a key to whom its policy alone lets in, without its aliases', async () => {
    const page = await windowOf('grace');
    const [keyId = ''] = keyIds;
    const { accountId } = story.claviger.config();
    const allow = (principal: string, Action: string[]): object => ({
      Effect: 'Allow',
      Principal: { AWS: `arn:aws:iam::${accountId}:${principal}` },
      Action,
      Resource: '*',
    });
    const Policy = policyDocument(
      allow('root', ['kms:*']),
      allow('user/grace', ['kms:DescribeKey', 'kms:GetKeyPolicy']),
    );
    await clients.kms.send(new PutKeyPolicyCommand({ KeyId: keyId, Policy }));
    await goTo(page, `keys/${keyId}?tab=aliases`);
    await page.getByRole('heading', { level: 1, name: keyId }).waitFor();
    await page.getByText('You may not list them').waitFor();
    await page.getByRole('tabpanel').getByText('kms:ListAliases').waitFor();
  });

  it('lists keys without their aliases for whom may not list those', async () => {
    const page = await windowOf('alan', {
      Effect: 'Allow',
      Action: [
        'kms:ListKeys',
        'kms:DescribeCustomKeyStores',
        'cloudhsm:DescribeClusters',
        'claviger:DescribeReconciliation',
      ],
      Resource: '*',
    });
    // of keys that may not be described it does not say that none is about to go
    await page.getByText(/^\d+ keys could not be looked at/).waitFor();
    assert.equal(await page.getByText('Nothing. All key stores serve').count(), 0);
    await goTo(page, 'keys');
    await page.getByText('Keys are shown without their aliases').waitFor();
    for (const keyId of keyIds) await page.getByRole('link', { name: keyId }).waitFor();
  });

  it('shows of a user what may be seen, though parts of it may not', async () => {
    const page = await windowOf('joan', {
      Effect: 'Allow',
      Action: ['iam:GetUser', 'iam:ListAccessKeys', 'iam:ListAttachedUserPolicies'],
      Resource: '*',
    });
    await goTo(page, 'users/joan');
    await page.getByRole('button', { name: 'Enter access key' }).click();
    const dialog = page.getByRole('dialog');
    const { accessKeyId, secretAccessKey } = keyOf.get('joan') ?? NO_KEY;
    await dialog.getByLabel('Access key ID').fill(accessKeyId);
    await dialog.getByLabel('Secret access key').fill(secretAccessKey);
    await dialog.getByLabel('Secret access key').press('Enter');
    await page.getByRole('row').filter({ hasText: accessKeyId }).getByText('You may not see this').waitFor();
    await page.getByText('No policy is attached.').waitFor();
    await page.getByText('iam:ListUserPolicies').waitFor();
    await page.getByText('iam:ListGroupsForUser').waitFor();
  });

  it('leaves the page of a key store that was deleted', async () => {
    const { claviger, page, show, heading } = story;
    await show(`key-stores/${claviger.config().customKeyStoreId}`, 'default-hsm');
    await page.getByRole('button', { name: 'Disconnect' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Disconnect' }).click();
    await page.getByText('Disconnected', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await heading('Custom key stores').waitFor();
    await page.getByText('No custom key store yet').waitFor();
  });

  it('caused no error, broke no rule of its policy, and called no other host', () => {
    assert.deepEqual(offences.flat(), []);
  });
});
