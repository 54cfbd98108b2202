/** A real browser for tests of the console: Debian's Chromium, driven by Playwright. */
import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';

const EXECUTABLES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
/** Flags beside headless: no sandbox for root, nothing that calls home. */
const FLAGS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-component-update'],
  ...['--disable-background-networking', '--disable-sync', '--disable-dev-shm-usage'],
];

const executable = EXECUTABLES.find((path) => existsSync(path));

/** Why tests with a browser are skipped; false when they are not. */
export const noBrowser: string | false =
  executable === undefined ? 'no Chromium here: apt-get install chromium' : false;

export interface Window {
  readonly page: Page;
  /** What no page of the console may cause: errors, broken rules of the content security policy, calls to other hosts. */
  readonly offences: string[];
}

export function launch(): Promise<Browser> {
  return chromium.launch({ executablePath: executable ?? '', args: FLAGS });
}

/** A window of its own, with no memory of others. */
export async function openWindow(browser: Browser, endpoint: string, width = 1280): Promise<Window> {
  const context = await browser.newContext({ viewport: { width, height: 900 }, reducedMotion: 'reduce' });
  const page = await context.newPage();
  const offences: string[] = [];
  page.on('pageerror', (error) => offences.push(`page error: ${error.message}`));
  page.on('console', (message) => {
    // an API error is answered with a 4xx, which Chromium also writes to its console
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      offences.push(`console: ${message.text()}`);
  });
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(endpoint) && !/^(data|blob):/.test(url)) offences.push(`request to ${url}`);
  });
  return { page, offences };
}

export async function signIn(
  page: Page,
  endpoint: string,
  credentials: { accessKeyId: string; secretAccessKey: string },
): Promise<void> {
  await page.goto(`${endpoint}/console/`);
  await page.getByLabel('Access key ID').fill(credentials.accessKeyId);
  await page.getByLabel('Secret access key').fill(credentials.secretAccessKey);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Goes to a page of the console as a link would, without loading it anew. */
export async function goTo(page: Page, path: string): Promise<void> {
  await page.evaluate(`location.hash = ${JSON.stringify(`#/${path}`)}`);
}
