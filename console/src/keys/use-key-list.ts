/** The list of keys for a page: filled at once with ids and aliases, and with descriptions as they are wanted. */
import { useCallback, useEffect, useRef, useState } from 'react';
import { useSignedIn } from '../session/session-context.ts';
import { createDescriber, listKeys, merge } from './key-list.ts';
import type { Describer, ListedKey } from './key-list.ts';

export interface KeyList {
  /** Undefined while they were never loaded. */
  readonly keys: readonly ListedKey[] | undefined;
  readonly error: unknown;
  /** Why no key has an alias: the user may list keys but not those. */
  readonly aliasesDenied: unknown;
  readonly loading: boolean;
  /** Keys that wait to be described. */
  readonly waiting: number;
  /** Keys that were wanted and could not be described. */
  readonly unknown: number;
  /** Stays the same until the list is loaded again. */
  readonly describe: (keyIds: readonly string[]) => void;
  /** Gives up on those that wait. */
  readonly cancel: () => void;
  readonly reload: () => void;
}

export function useKeyList(): KeyList {
  const { clients } = useSignedIn();
  const [keys, setKeys] = useState<readonly ListedKey[]>();
  const [error, setError] = useState<unknown>();
  const [aliasesDenied, setAliasesDenied] = useState<unknown>();
  const [loading, setLoading] = useState(true);
  const [waiting, setWaiting] = useState(0);
  const [unknown, setUnknown] = useState(0);
  const [turn, setTurn] = useState(0);
  const describer = useRef<Describer>(undefined);
  const [describe, setDescribe] = useState<KeyList['describe']>(() => () => {});

  useEffect(() => {
    let current = true;
    const load = async (): Promise<void> => {
      const [client, own] = await Promise.all([clients.kms(), clients.claviger()]);
      let denied: unknown;
      const listed = await listKeys(client, (thrown) => (denied = thrown));
      const byId = new Map(listed.map((key) => [key.keyId, key]));
      if (!current) return;
      describer.current = createDescriber(own, (some, left, missed) => {
        merge(byId, some);
        setKeys([...byId.values()]);
        setWaiting(left);
        setUnknown(missed);
      });
      const { want } = describer.current;
      setDescribe(() => want);
      // what a former description said stays in sight until it is described again
      setKeys((before) => kept(byId, before));
      setError(undefined);
      setAliasesDenied(denied);
    };
    load()
      .catch((thrown: unknown) => current && setError(thrown))
      .finally(() => current && setLoading(false));
    return () => {
      current = false;
      describer.current?.stop();
    };
  }, [clients, turn]);

  const reload = useCallback(() => {
    setLoading(true);
    setTurn((count) => count + 1);
  }, []);
  const cancel = useCallback(() => describer.current?.cancel(), []);
  return { keys, error, aliasesDenied, loading, waiting, unknown, describe, cancel, reload };
}

function kept(byId: Map<string, ListedKey>, before: readonly ListedKey[] | undefined): readonly ListedKey[] {
  for (const key of before ?? []) {
    const listed = byId.get(key.keyId);
    if (listed !== undefined) byId.set(key.keyId, { ...key, ...listed });
  }
  return [...byId.values()];
}
