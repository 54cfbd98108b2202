/** What an HSM tells of itself. */
import type { HsmDescription, HsmVitals, Inventory } from '../rpc/hsm-messages.ts';
import { readEpoch } from './epoch.ts';
import { hsmState } from './hsm.ts';
import type { Hsm, HsmSession } from './hsm.ts';
import { listKeys } from './keys.ts';
import { loginInUse } from './partition.ts';
import type { Partition } from './partition.ts';

/** For anyone who connects: who it is, and in which state. */
export function describe(hsm: Hsm): HsmDescription {
  const { hsmId, clusterId, availabilityZone } = hsm.config;
  const { bootId, moduleInfo: module, identity } = hsm;
  const description: HsmDescription = {
    ...{ hsmId, clusterId, availabilityZone, state: hsmState(hsm), bootId, module },
    ...(hsm.draining && { draining: true }),
  };
  return identity.installed === undefined
    ? description
    : { ...description, certificate: identity.installed.certificate };
}

/** Looks through all keys in memory: for once in a while, not for each call. */
export function vitals({ connections, users: { partitions, state } }: Hsm): HsmVitals {
  const logins = Array.from(partitions.values(), ({ login }) => login).filter((login) => login !== undefined);
  const keyCounts = logins.map((login) => login.keys.size);
  const messageKeyCounts = logins.map(({ keys: held, cipher, derived }) => {
    let encrypting = 0;
    for (const { messageKey } of held.values()) if (messageKey !== undefined) encrypting += 1;
    return cipher.cached + encrypting + derived.cached;
  });
  const isLogin = ({ partition, officerPin }: HsmSession): boolean =>
    partition !== undefined || officerPin !== undefined;
  return {
    connections: connections.size,
    sessions: Array.from(connections).filter(isLogin).length,
    users: partitions.size + (state.accounts.officer === undefined ? 0 : 1),
    keys: sum(keyCounts),
    messageKeys: sum(messageKeyCounts),
  };
}

/** The keys in a user's partition; none are known while nobody is logged in there. */
export function inventory(partition: Partition): Inventory {
  const login = loginInUse(partition);
  if (login === undefined) return { loggedIn: false };
  const open = { ...partition, login };
  return { loggedIn: true, keys: listKeys(login), epoch: readEpoch(open) ?? null };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0);
}
