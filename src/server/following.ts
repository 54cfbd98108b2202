/** Which memory a change concerns, and how it is taken over. */
import type { ChangeFollower } from '../nodes/change-feed.ts';
import { followAllPrincipals, followPrincipal } from '../services/iam/following.ts';
import type { FollowingPorts } from '../services/iam/following.ts';
import type { Kms } from '../services/kms/kms.ts';
import type { ChangeRow, ChangeTopic } from '../storage/schema-nodes.ts';

export function createFollower(kms: Kms, principals: FollowingPorts): ChangeFollower {
  const { catalog, grants, clusters, customKeyStores } = kms;
  const two = (subject: string): [string, string] => subject.split(' ', 2) as [string, string];
  const follow: Readonly<Record<ChangeTopic, (subject: string) => void | Promise<void>>> = {
    account: (id) => followPrincipal(principals, 'account', id),
    'access-key': (id) => followPrincipal(principals, 'access-key', id),
    'iam-entity': (id) => followPrincipal(principals, 'iam-entity', id),
    alias: (subject) => {
      const [aliasArn, keyArn] = two(subject);
      catalog.forget(keyArn, aliasArn);
    },
    cluster: (id) => clusters.refresh(id),
    grant: (subject) => grants.follow(...two(subject)),
    key: (keyArn) => catalog.forget(keyArn),
    'key-repair': (subject) => clusters.repairKey(...two(subject)),
    'key-store': (id) => customKeyStores.follow(id),
  };
  const everything = async (): Promise<void> => {
    catalog.forgetAll();
    await followAllPrincipals(principals);
    await clusters.refreshAll();
    await customKeyStores.load();
  };
  return {
    async changed(changes: readonly ChangeRow[]) {
      const known = changes.filter(({ topic }) => Object.hasOwn(follow, topic));
      // a process of a newer version, beside which this one still runs, tells of what only that version knows
      if (known.length < changes.length) await everything();
      for (const { topic, subject } of known) await follow[topic](subject);
    },
    everything,
  };
}
