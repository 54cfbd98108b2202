/** The console's pages of keys with own material, of roles and policies, and for auditors. */
import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import {
  AddUserToGroupCommand,
  AttachGroupPolicyCommand,
  CreateGroupCommand,
  CreateUserCommand,
  PutGroupPolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateGrantCommand,
  CreateKeyCommand,
  DecryptCommand,
  DescribeKeyCommand,
  EncryptCommand,
} from '@aws-sdk/client-kms';
import { clientsOf } from '../stories/iam-clients.ts';
import { wrap } from '../stories/wrapping.ts';
import { noBrowser } from './browser.ts';
import { startStory } from './story.ts';
import type { Story } from './story.ts';

/** In a month, `2026-12-20`; material lives for a year at most. */
const EXPIRES = new Date(Date.now() + 30 * 86_400_000).toISOString().slice(0, 10);
const NEW_YORK = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'America/New_York',
  dateStyle: 'short',
  timeStyle: 'medium',
});
const ALLOW = (action: string): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: action, Resource: '*' }] });

describe('the console for administrators and auditors', { skip: noBrowser }, () => {
  const dir = mkdtempSync(join(tmpdir(), 'claviger-'));
  let story: Story;
  let keyId = '';

  before(async () => {
    story = await startStory();
  });
  after(async () => {
    await story?.end();
    rmSync(dir, { recursive: true });
  });

  it('makes a key for own material with the wizard', async () => {
    const { page, show, heading } = story;
    await show('create-key', 'Configure key');
    await page.getByText('Advanced options').click();
    await page.getByText('External (import key material)').click();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByLabel('Alias', { exact: true }).fill('imported');
    for (let step = 0; step < 3; step += 1) await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('button', { name: 'Create key' }).click();
    await heading('alias/imported').waitFor();
    await page.getByText('Pending import', { exact: true }).waitFor();
    keyId = new URL(page.url()).hash.split('/')[2]?.split('?')[0] ?? '';
  });

  it('imports the material step by step: wrapping key out, wrapped material in', async () => {
    const { claviger, page, show, download } = story;
    await show(`keys/${keyId}?tab=material`, 'alias/imported');
    assert.ok(await page.getByRole('button', { name: 'Import key material' }).isDisabled());
    const browser = await page.context().newCDPSession(page);
    await browser.send('Emulation.setTimezoneOverride', { timezoneId: NEW_YORK.resolvedOptions().timeZone });
    const { name, path } = await download(() =>
      page.getByRole('button', { name: 'Download wrapping key' }).click(),
    );
    assert.equal(name, `WrappingPublicKey_${keyId}.b64`);
    const publicKey = Buffer.from(readFileSync(path, 'utf8'), 'base64');
    const file = join(dir, 'material.bin');
    writeFileSync(file, wrap(publicKey, 'RSAES_OAEP_SHA_256', randomBytes(32)));
    // the token survives in its file that the page was left
    const token = await download(() => page.getByRole('button', { name: 'Download import token' }).click());
    assert.equal(token.name, `ImportToken_${keyId}.b64`);
    await page.getByRole('tab', { name: 'Tags' }).click();
    await page.getByRole('tab', { name: 'Key material' }).click();
    await page.locator('input[type=file]').nth(0).setInputFiles(token.path);
    await page.locator('input[type=file]').nth(1).setInputFiles(file);
    await page.getByPlaceholder('YYYY/MM/DD').fill(EXPIRES.replaceAll('-', '/'));
    await page.getByRole('button', { name: 'Import key material' }).click();
    await page.getByText('The key material was imported.').first().waitFor();
    await page.getByText('Enabled', { exact: true }).waitFor();
    const kms = claviger.client();
    const { KeyMetadata } = await kms.send(new DescribeKeyCommand({ KeyId: keyId }));
    assert.equal(NEW_YORK.format(KeyMetadata?.ValidTo), `${EXPIRES} 00:00:00`);
    const Plaintext = Buffer.from('with own material');
    const { CiphertextBlob } = await kms.send(new EncryptCommand({ KeyId: keyId, Plaintext }));
    const decrypted = await kms.send(new DecryptCommand({ CiphertextBlob }));
    assert.deepEqual(Buffer.from(decrypted.Plaintext ?? []), Plaintext);
    kms.destroy();
  });

  it('deletes the material, after asking', async () => {
    const { page } = story;
    await page.getByRole('button', { name: 'Delete key material' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Pending import', { exact: true }).waitFor();
  });

  it('makes a policy, shows it, and makes a new version of it', async () => {
    const { page, show } = story;
    await show('policies', 'Policies');
    await page.getByRole('button', { name: 'Create policy' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill('readers');
    await dialog.getByLabel('Policy document').fill('no JSON');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog.getByText('MalformedPolicyDocument').waitFor();
    await dialog.getByLabel('Policy document').fill(ALLOW('kms:List*'));
    await dialog.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('link', { name: 'readers' }).click();
    await story.heading('readers').waitFor();
    await page.getByText('Version v1 (default)').waitFor();
    await page.getByRole('button', { name: 'Edit' }).click();
    await page.getByLabel('Policy document').fill(ALLOW('kms:Describe*'));
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Version v2 (default)').waitFor();
  });

  it('shows the other versions of a policy, goes back to one, and deletes one', async () => {
    const { page } = story;
    await page.getByRole('button', { name: 'v1' }).first().click();
    await page.getByText('"Action": "kms:List*"').waitFor();
    await page.getByRole('button', { name: 'Make v1 the default' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Make default' }).click();
    await page.getByText('Version v1 (default)').waitFor();
    await page.getByRole('button', { name: 'Delete v2' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Other versions').waitFor({ state: 'hidden' });
  });

  it('makes a role with a trust policy, and gives it the policy', async () => {
    const { page, show, heading } = story;
    await show('roles', 'Roles');
    await page.getByRole('button', { name: 'Create role' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Role name').fill('auditor');
    await dialog.getByRole('button', { name: 'Create' }).click();
    await heading('auditor').waitFor();
    await page.getByText('sts:AssumeRole').first().waitFor();
    await page.getByRole('button', { name: 'Attach policy' }).click();
    await page
      .getByRole('dialog')
      .getByRole('button', { name: /policy/i })
      .first()
      .click();
    await page.getByRole('option', { name: /readers/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Attach', exact: true }).click();
    await page.getByRole('button', { name: 'Detach readers' }).waitFor();
  });

  it('makes an ML-KEM key with the wizard, and somebody its user', async () => {
    const { page, show, heading } = story;
    await show('create-key', 'Configure key');
    await page.getByText('Asymmetric', { exact: true }).click();
    await page.getByText('Encapsulate and decapsulate').click();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByLabel('Alias', { exact: true }).fill('kem');
    for (let step = 0; step < 2; step += 1) await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('Choose users and roles').click();
    await page.getByRole('option', { name: 'auditor' }).click();
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByRole('button', { name: 'Create key' }).click();
    await heading('alias/kem').waitFor();
    await page.getByRole('tab', { name: 'Cryptographic configuration' }).click();
    await page.getByText('ML_KEM_768', { exact: true }).waitFor();
    await page.getByText('ML_KEM', { exact: true }).waitFor();
  });

  it('shows what a user may do by being in a group', async () => {
    const { claviger, page, show } = story;
    const config = claviger.config();
    const clients = clientsOf(config.endpoint, config, config.region);
    const { iam } = clients;
    const [UserName, GroupName] = ['joan', 'officers'];
    const PolicyArn = `arn:aws:iam::${config.accountId}:policy/readers`;
    await iam.send(new CreateUserCommand({ UserName }));
    await iam.send(new CreateGroupCommand({ GroupName }));
    await iam.send(new AttachGroupPolicyCommand({ GroupName, PolicyArn }));
    const PolicyDocument = ALLOW('kms:*');
    await iam.send(new PutGroupPolicyCommand({ GroupName, PolicyName: 'all-keys', PolicyDocument }));
    await iam.send(new AddUserToGroupCommand({ GroupName, UserName }));
    clients.destroy();
    await show('users/joan', 'joan');
    const row = page.getByRole('table', { name: 'Groups' }).getByRole('row').filter({ hasText: 'officers' });
    await row.getByRole('link', { name: 'readers' }).waitFor();
    await row.getByText('all-keys').waitFor();
  });

  it('lists many users a page at a time, and finds one', async () => {
    const { claviger, page, show } = story;
    const config = claviger.config();
    const clients = clientsOf(config.endpoint, config, config.region);
    for (let number = 10; number <= 60; number += 1)
      await clients.iam.send(new CreateUserCommand({ UserName: `clerk-${number}` }));
    clients.destroy();
    await show('users', 'Users');
    const clerks = page.getByRole('link', { name: /^clerk-/ });
    await clerks.first().waitFor();
    assert.ok((await clerks.count()) <= 50);
    await page.getByPlaceholder('Find users').fill('clerk-60');
    await page.getByRole('link', { name: 'clerk-10' }).waitFor({ state: 'hidden' });
    assert.equal(await clerks.count(), 1);
  });

  it('shows the grants of a key a page at a time, and revokes one', async () => {
    const { claviger, page, show } = story;
    const kms = claviger.client();
    const { KeyMetadata } = await kms.send(new CreateKeyCommand({}));
    const KeyId = KeyMetadata?.KeyId ?? '';
    const GranteePrincipal = `arn:aws:iam::${claviger.config().accountId}:role/auditor`;
    for (let number = 1; number <= 21; number += 1) {
      const Name = `grant-${number}`;
      await kms.send(new CreateGrantCommand({ KeyId, GranteePrincipal, Operations: ['Encrypt'], Name }));
    }
    kms.destroy();
    await show(`keys/${KeyId}?tab=grants`, KeyId);
    await page.getByText('(21)', { exact: true }).waitFor();
    assert.equal(await page.getByRole('button', { name: /^Revoke grant-/ }).count(), 20);
    await page.getByRole('button', { name: 'Next page' }).click();
    await page.getByRole('button', { name: /^Revoke grant-/ }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Revoke' }).click();
    await page.getByText('(20)', { exact: true }).waitFor();
  });

  it('filters keys by what only their description says, in few calls', async () => {
    const { page, show } = story;
    await show('keys', 'Customer managed keys');
    const search = page.getByRole('combobox', { name: 'Find keys' });
    await search.fill('Status = PendingImport');
    await search.press('Enter');
    await page.getByText('1 match', { exact: true }).first().waitFor();
    await page.getByRole('link', { name: 'alias/imported' }).waitFor();
  });

  it('shows how far the comparison of the trails is', async () => {
    const { page, show, claviger } = story;
    await show('reconciliation', 'Reconciliation');
    await page.getByText('No mismatch was found').waitFor({ timeout: 90_000 });
    await page.getByText('Nothing was found.').waitFor();
    for (const hsmId of Object.keys(claviger.config().pids.hsm)) await page.getByText(hsmId).waitFor();
  });

  it('shows no event of an HSM log that another search found', async () => {
    const { page, show } = story;
    await show('hsm-logs', 'HSM logs');
    await page.getByRole('cell', { name: 'hsm-' }).first().waitFor();
    await page.getByLabel('Filter pattern').fill('{ $.event');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByText('InvalidParameterException').waitFor();
    assert.equal(await page.getByRole('cell', { name: 'hsm-' }).count(), 0);
    await page.getByLabel('Filter pattern').fill('');
    await page.getByRole('button', { name: 'Search' }).click();
    await page.getByRole('cell', { name: 'hsm-' }).first().waitFor();
  });

  it('exports the evidence about a key as a page and as JSON', async () => {
    const { page, show, download } = story;
    await show(`keys/${keyId}?tab=evidence`, 'alias/imported');
    await page.getByRole('button', { name: 'Gather evidence' }).click();
    const report = await download(() => page.getByRole('button', { name: /^Download report/ }).click());
    assert.equal(report.name, `evidence-${keyId}.html`);
    assert.match(readFileSync(report.path, 'utf8'), new RegExp(`<title>Evidence for arn:aws:kms:.*${keyId}`));
    const json = await download(() => page.getByRole('button', { name: /^Download evidence/ }).click());
    const { life } = JSON.parse(readFileSync(json.path, 'utf8')) as { life: { eventName: string }[] };
    const names = life.map(({ eventName }) => eventName);
    assert.deepEqual(
      ['CreateKey', 'ImportKeyMaterial', 'DeleteImportedKeyMaterial'].filter((name) => !names.includes(name)),
      [],
    );
  });

  it('asks before it looks at very many keys for those of a key store', async () => {
    const { claviger, page, show } = story;
    const kms = claviger.client({ sockets: 8 });
    let left = 501;
    const make = async (): Promise<void> => {
      while (left-- > 0) await kms.send(new CreateKeyCommand({}));
    };
    await Promise.all(Array.from({ length: 8 }, make));
    kms.destroy();
    await show(`key-stores/${claviger.config().customKeyStoreId}`, 'default-hsm');
    await page.getByText('No key of this key store is known so far.').waitFor();
    await page.getByRole('button', { name: 'Look at all keys' }).click();
    await page.getByText('No keys in this key store yet.').waitFor();
  });

  it('caused no error, broke no rule of its policy, and called no other host', () => {
    assert.deepEqual(story.offences, []);
  });
});
