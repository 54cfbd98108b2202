/** Whether a page can be used by everybody, as far as axe finds out, and in how narrow a window. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'playwright-core';

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

/** Run in the page: what axe finds that keeps somebody from using it. */
const SERIOUS_FINDINGS = `axe.run({ resultTypes: ['violations'] }).then(({ violations }) =>
  violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => id + ' ' + nodes.map(({ target }) => target).join(' ')))`;

/** Of the page as it is now. */
export async function seriousFindings(page: Page): Promise<string[]> {
  await page.evaluate(AXE);
  return page.evaluate(SERIOUS_FINDINGS);
}

/** Dark and light; the page is light again afterwards. */
export async function seriousFindingsInBothModes(page: Page): Promise<string[]> {
  const found: string[] = [];
  for (const mode of ['Dark mode', 'Light mode']) {
    await page.getByRole('button', { name: mode }).click();
    found.push(...(await seriousFindings(page)).map((finding) => `${mode}: ${finding}`));
  }
  return found;
}

/** Pixels by which the page does not fit its window. */
export async function tooWide(page: Page): Promise<number> {
  return Number(
    await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
  );
}
