/**
 * The console with very many keys, in a real browser: `node --import tsx bench/console.ts [keys]` (10,000 without more). Makes the
 * keys through the API of a Claviger of its own, then prints how long each thing takes that a person does with the list, and the
 * longest time that the page did not react meanwhile (the browser's "long tasks").
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateAliasCommand, CreateKeyCommand } from '@aws-sdk/client-kms';
import type { Page } from 'playwright-core';
import { goTo, launch, openWindow, signIn } from '../test/console/browser.ts';
import { startClaviger } from '../test/stories/claviger.ts';
import type { Claviger } from '../test/stories/claviger.ts';

const KEYS = Number(process.argv[2] ?? '10000');
const AT_ONCE = 32;
const PATIENCE_MS = 300_000;

const LONG_TASKS = `window.longest = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) window.longest = Math.max(window.longest, duration);
}).observe({ type: 'longtask' });`;

async function makeKeys(claviger: Claviger, count: number): Promise<void> {
  const client = claviger.client({ maxAttempts: 3, sockets: AT_ONCE });
  let next = 0;
  const work = async (): Promise<void> => {
    for (let number = next++; number < count; number = next++) {
      const { KeyMetadata } = await client.send(new CreateKeyCommand({}));
      const AliasName = `alias/service-${String(number).padStart(5, '0')}`;
      // one that was made, but whose answer was lost, is there when the client repeats it
      await client
        .send(new CreateAliasCommand({ AliasName, TargetKeyId: KeyMetadata?.KeyId ?? '' }))
        .catch((error: Error) => {
          if (error.name !== 'AlreadyExistsException') throw error;
        });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  client.destroy();
}

/** Does something until what it leads to is seen, and prints how long that took. */
async function measured(page: Page, what: string, act: () => Promise<unknown>): Promise<void> {
  await page.evaluate('window.longest = 0');
  const start = performance.now();
  await act();
  const took = Math.round(performance.now() - start);
  const longest = Math.round(Number(await page.evaluate('window.longest')));
  process.stdout.write(`${what.padEnd(46)} ${String(took).padStart(7)} ms, longest task ${longest} ms\n`);
}

const folder = mkdtempSync(join(tmpdir(), 'claviger-'));
const configuration = join(folder, 'claviger.yaml');
writeFileSync(configuration, 'requestQuotas: { enforced: false }\n');
const claviger = await startClaviger({ CLAVIGER_CONFIG: configuration });
const browser = await launch();
try {
  const began = performance.now();
  await makeKeys(claviger, KEYS);
  process.stdout.write(`${KEYS} keys made in ${Math.round((performance.now() - began) / 1000)} s\n`);

  const { endpoint, accessKeyId, secretAccessKey } = claviger.config();
  const { page } = await openWindow(browser, endpoint);
  page.setDefaultTimeout(PATIENCE_MS);
  await page.addInitScript(LONG_TASKS);
  await page.goto(`${endpoint}/console/`);
  await page.getByLabel('Access key ID').waitFor();
  const usable = Number(await page.evaluate('performance.now()'));
  process.stdout.write(`${'sign-in page usable'.padEnd(46)} ${String(Math.round(usable)).padStart(7)} ms\n`);
  await signIn(page, endpoint, { accessKeyId, secretAccessKey });
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  await page.getByRole('link', { name: String(KEYS), exact: true }).waitFor();
  await page.reload();
  await page.getByRole('heading', { level: 1, name: 'Overview' }).waitFor();
  const again = Number(await page.evaluate('performance.now()'));
  process.stdout.write(
    `${'overview usable, signed in'.padEnd(46)} ${String(Math.round(again)).padStart(7)} ms\n`,
  );
  await page.getByRole('link', { name: String(KEYS), exact: true }).waitFor();

  const search = page.getByRole('combobox', { name: 'Find keys' });
  const nth = (number: number): string => `alias/service-${String(number).padStart(5, '0')}`;
  await measured(page, 'list: all keys', async () => {
    await goTo(page, 'keys');
    await page.getByText(`(${KEYS})`).waitFor();
  });
  await measured(page, 'list: states of the first page', () =>
    page.getByText('Enabled', { exact: true }).nth(19).waitFor(),
  );
  await measured(page, 'list: in the order of aliases', async () => {
    await page.getByRole('button', { name: /^Aliases/ }).press('Enter');
    await page.getByRole('link', { name: nth(0) }).waitFor();
  });
  await measured(page, 'list: next page', async () => {
    await page.getByRole('button', { name: 'Next page' }).first().click();
    await page.getByRole('link', { name: nth(20) }).waitFor();
  });
  await measured(page, 'list: scrolled from end to end', async () => {
    for (let step = 0; step < 20; step += 1) await page.mouse.wheel(0, 200);
    await page.evaluate('new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))');
  });
  await measured(page, 'search: one key by its name', async () => {
    await search.fill(nth(KEYS - 1));
    await search.press('Enter');
    await page.getByText('1 match', { exact: true }).first().waitFor();
  });
  await page.getByRole('button', { name: 'Clear filters' }).click();
  await measured(page, 'filter: by status, which describes every key', async () => {
    await search.fill('Status = Disabled');
    await search.press('Enter');
    await page.getByText('Looking at every key').first().waitFor();
    await page.getByText('Looking at every key').first().waitFor({ state: 'hidden' });
    await page.getByText('0 matches', { exact: true }).first().waitFor();
  });
} finally {
  await browser.close();
  await claviger.remove();
  rmSync(folder, { recursive: true, force: true });
}
