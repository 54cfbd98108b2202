/** The pages, by the first part of the route. Each is loaded when it is first shown. */
import { lazy } from 'react';
import type { ComponentType } from 'react';

export interface Page {
  /** In the navigation; pages without one are reached from others. */
  title: string;
  section?: string;
  Content: ComponentType<{ path: readonly string[] }>;
}

export const PAGES: Readonly<Record<string, Page>> = {
  keys: {
    title: 'Customer managed keys',
    section: 'Keys',
    Content: lazy(async () => ({ default: (await import('../keys/keys-page.tsx')).KeysPage })),
  },
};

export const FIRST_PAGE = 'keys';
