/** All migrations by name; names sort in the order in which they run, and are never changed once released. */
import type { Migration } from 'kysely';
import { first } from './0001-first.ts';
import { asymmetric } from './0002-asymmetric.ts';
import { multiRegion } from './0004-multi-region.ts';
import { materialLife } from './0006-material-life.ts';
import { grants } from './0007-grants.ts';
import { iam } from './0008-iam.ts';
import { clusterLife } from './0009-cluster-life.ts';
import { trails } from './0010-trails.ts';
import { hsmLogs } from './0011-hsm-logs.ts';
import { meters } from './0013-meters.ts';
import { nodes } from './0015-nodes.ts';
import { manyKeys } from './0016-many-keys.ts';
import { quotaUses } from './0017-quota-uses.ts';
import { manyGrants } from './0018-many-grants.ts';
import { externalKeyStores } from './0019-external-key-stores.ts';

export const migrations: Record<string, Migration> = {
  '0001-first': first,
  '0002-asymmetric': asymmetric,
  '0004-multi-region': multiRegion,
  '0006-material-life': materialLife,
  '0007-grants': grants,
  '0008-iam': iam,
  '0009-cluster-life': clusterLife,
  '0010-trails': trails,
  '0011-hsm-logs': hsmLogs,
  '0013-meters': meters,
  '0015-nodes': nodes,
  '0016-many-keys': manyKeys,
  '0017-quota-uses': quotaUses,
  '0018-many-grants': manyGrants,
  '0019-external-key-stores': externalKeyStores,
};
