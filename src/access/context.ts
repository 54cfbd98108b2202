/** What policies can ask about a request: condition keys and their values. */

/** Of one condition key; undefined: the request does not have it. */
export type ConditionValue = string | readonly string[] | undefined;

/** Condition keys by full name, such as `kms:KeySpec`; those that every request has are added by access control. */
export type ConditionContext = Readonly<Record<string, ConditionValue>>;

export interface Context {
  /** @param key in lower case. @returns undefined when the request does not have the key */
  values(key: string): readonly string[] | undefined;
}

/** A context of given keys. Names that differ in case only are one key, with the values of all of them. */
export function contextOf(keys: ConditionContext): Context {
  const byName = new Map<string, readonly string[]>();
  for (const name in keys) addKey(byName, name, keys[name]);
  return { values: (key) => byName.get(key) };
}

export function addKey(byName: Map<string, readonly string[]>, name: string, value: ConditionValue): void {
  if (value === undefined) return;
  const key = name.toLowerCase();
  const values = typeof value === 'string' ? [value] : value;
  const known = byName.get(key);
  byName.set(key, known === undefined ? values : [...known, ...values]);
}

export const EMPTY_CONTEXT: Context = { values: () => undefined };
