/** A policy document as the console shows it. What it allows is decided by the server alone. */

export interface ShownStatement {
  readonly sid: string | undefined;
  readonly effect: string;
  readonly principals: readonly string[];
  readonly actions: readonly string[];
  readonly conditions: readonly string[];
}

type Json = Record<string, unknown>;

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const texts = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [String(value)]);

/** @returns the statements, or what is wrong with the text */
export function readPolicy(text: string): { statements?: readonly ShownStatement[]; problem?: string } {
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    return { problem: (error as Error).message };
  }
  if (!isObject(document)) return { problem: 'A policy is a JSON object.' };
  const given = document['Statement'];
  const statements = Array.isArray(given) ? given : [given];
  if (!statements.every(isObject)) return { problem: 'Statement must be an object or a list of objects.' };
  return { statements: statements.map(shown) };
}

function shown(statement: Json): ShownStatement {
  const negated = (name: string): string[] =>
    statement[`Not${name}`] === undefined
      ? []
      : texts(statement[`Not${name}`]).map((value) => `all but ${value}`);
  return {
    sid: typeof statement['Sid'] === 'string' ? statement['Sid'] : undefined,
    effect: String(statement['Effect']),
    principals: [
      ...principals(statement['Principal']),
      ...principals(statement['NotPrincipal']).map((p) => `all but ${p}`),
    ],
    actions: [...(statement['Action'] === undefined ? [] : texts(statement['Action'])), ...negated('Action')],
    conditions: conditions(statement['Condition']),
  };
}

function principals(value: unknown): string[] {
  if (value === undefined) return [];
  if (!isObject(value)) return texts(value);
  return Object.entries(value).flatMap(([kind, names]) =>
    texts(names).map((name) => (kind === 'AWS' ? name : `${kind} ${name}`)),
  );
}

function conditions(value: unknown): string[] {
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([operator, keys]) =>
    isObject(keys)
      ? Object.entries(keys).map(([key, values]) => `${key} ${operator} ${texts(values).join(' or ')}`)
      : [],
  );
}
