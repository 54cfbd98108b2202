/** What an alias may be called, after `alias/`. AWS: API_CreateAlias. */
const LONGEST = 250;

export const ALIAS_CONSTRAINT = `Up to ${LONGEST} letters, digits, and / _ -`;

/** What is wrong with a name; undefined for a good one, and for none. */
export function aliasProblem(name: string): string | undefined {
  if (name === '') return undefined;
  if (!/^[a-zA-Z0-9/_-]+$/.test(name)) return 'An alias has letters, digits, and / _ - only.';
  if (name.length > LONGEST) return `An alias has ${LONGEST} characters at most.`;
  if (name.startsWith('aws/')) return 'Aliases that begin with aws/ are those of AWS managed keys.';
  return undefined;
}
