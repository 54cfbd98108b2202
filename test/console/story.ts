/** What all stories of the console have: a whole Claviger, and a browser that is signed in with its root user. */
import type { Browser, Locator, Page } from 'playwright-core';
import { startClaviger } from '../stories/claviger.ts';
import type { Claviger } from '../stories/claviger.ts';
import { goTo, launch, openWindow, signIn } from './browser.ts';

const WAIT_MS = 30_000;

export interface Story {
  readonly claviger: Claviger;
  readonly browser: Browser;
  readonly page: Page;
  /** What no page may cause; see browser.ts. */
  readonly offences: readonly string[];
  readonly heading: (text: string) => Locator;
  /** Goes to a page and waits for its heading. */
  readonly show: (path: string, title: string) => Promise<void>;
  /** Does what downloads a file. @returns its name and path */
  readonly download: (act: () => Promise<unknown>) => Promise<{ name: string; path: string }>;
  readonly end: () => Promise<void>;
}

/**
 * @param signedIn false: the browser has not been anywhere yet
 * @param configuration YAML, instead of that of tests, which lifts the request quotas
 */
export async function startStory({
  signedIn = true,
  configuration,
}: { signedIn?: boolean; configuration?: string } = {}): Promise<Story> {
  const claviger = await startClaviger({}, undefined, configuration);
  const browser = await launch();
  const { endpoint, accessKeyId, secretAccessKey } = claviger.config();
  const { page, offences } = await openWindow(browser, endpoint);
  page.setDefaultTimeout(WAIT_MS);
  const heading = (name: string): Locator => page.getByRole('heading', { level: 1, name });
  if (signedIn) {
    await signIn(page, endpoint, { accessKeyId, secretAccessKey });
    await heading('Overview').waitFor();
  }
  return {
    ...{ claviger, browser, page, offences, heading },
    show: async (path, title) => {
      await goTo(page, path);
      await heading(title).waitFor();
    },
    download: async (act) => {
      const [file] = await Promise.all([page.waitForEvent('download'), act()]);
      return { name: file.suggestedFilename(), path: await file.path() };
    },
    end: async () => {
      await browser.close();
      await claviger.remove();
    },
  };
}
