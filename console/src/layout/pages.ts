/** The pages, by the first part of the route. Each is loaded when it is first shown. */
import { lazy } from 'react';
import type { ComponentType } from 'react';

export interface Page {
  title: string;
  /** Its place in the navigation; pages without one are reached from others. */
  section?: string;
  /** All of it comes from IAM. */
  ofIam?: true;
  Content: ComponentType<{ path: readonly string[] }>;
}

export const PAGES: Readonly<Record<string, Page>> = {
  overview: {
    title: 'Overview',
    section: 'Start',
    Content: lazy(async () => ({ default: (await import('../overview/overview-page.tsx')).OverviewPage })),
  },
  keys: {
    title: 'Customer managed keys',
    section: 'Keys',
    Content: lazy(async () => ({ default: (await import('../keys/keys-page.tsx')).KeysPage })),
  },
  'aws-keys': {
    title: 'AWS managed keys',
    section: 'Keys',
    Content: lazy(async () => ({ default: (await import('../keys/keys-page.tsx')).AwsKeysPage })),
  },
  'create-key': {
    title: 'Create key',
    Content: lazy(async () => ({
      default: (await import('../keys/create/create-key-page.tsx')).CreateKeyPage,
    })),
  },
  'key-stores': {
    title: 'Custom key stores',
    section: 'Key stores',
    Content: lazy(async () => ({
      default: (await import('../key-stores/key-stores-page.tsx')).KeyStoresPage,
    })),
  },
  clusters: {
    title: 'HSM clusters',
    section: 'Key stores',
    Content: lazy(async () => ({ default: (await import('../clusters/clusters-page.tsx')).ClustersPage })),
  },
  cost: {
    title: 'Cost',
    section: 'Key stores',
    Content: lazy(async () => ({ default: (await import('../cost/cost-page.tsx')).CostPage })),
  },
  users: {
    title: 'Users',
    section: 'Access',
    ofIam: true,
    Content: lazy(async () => ({ default: (await import('../access/users-page.tsx')).UsersPage })),
  },
  roles: {
    title: 'Roles',
    section: 'Access',
    ofIam: true,
    Content: lazy(async () => ({ default: (await import('../access/roles-page.tsx')).RolesPage })),
  },
  policies: {
    title: 'Policies',
    section: 'Access',
    ofIam: true,
    Content: lazy(async () => ({ default: (await import('../access/policies-page.tsx')).PoliciesPage })),
  },
  simulator: {
    title: 'Policy simulator',
    section: 'Access',
    ofIam: true,
    Content: lazy(async () => ({ default: (await import('../access/simulator-page.tsx')).SimulatorPage })),
  },
  events: {
    title: 'Event history',
    section: 'Audit',
    Content: lazy(async () => ({ default: (await import('../audit/events-page.tsx')).EventsPage })),
  },
  'hsm-logs': {
    title: 'HSM logs',
    section: 'Audit',
    Content: lazy(async () => ({ default: (await import('../audit/hsm-logs-page.tsx')).HsmLogsPage })),
  },
  reconciliation: {
    title: 'Reconciliation',
    section: 'Audit',
    Content: lazy(async () => ({
      default: (await import('../audit/reconciliation-page.tsx')).ReconciliationPage,
    })),
  },
};

export const FIRST_PAGE = 'overview';
