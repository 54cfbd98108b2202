/**
 * Conditions, compiled: operators AND keys AND, values OR. AWS: "IAM JSON policy elements: Condition", "Creating a condition
 * with multiple keys or values", "Single-valued vs. multivalued context keys".
 */
import { EMPTY_CONTEXT } from '../context.ts';
import type { Context } from '../context.ts';
import type { Position } from './json-tree.ts';
import { PolicyError } from './policy-error.ts';
import type { OperatorUse, ValueMatcher } from './operators.ts';
import { compileTemplate } from './variables.ts';

export type Effect = 'Allow' | 'Deny';

/** One operator with one key. */
export interface Condition {
  readonly operator: string;
  /** As it is written. */
  readonly key: string;
  readonly values: readonly string[];
  readonly at: Position;
  /** Condition keys that it asks for, in lower case: its own and those of variables. */
  readonly keys: readonly string[];
  holds(context: Context): boolean;
}

export interface ConditionSource {
  readonly written: string;
  readonly use: OperatorUse;
  readonly key: string;
  readonly values: readonly { readonly text: string; readonly at: Position }[];
  readonly at: Position;
  readonly effect: Effect;
  /** Version 2012-10-17. */
  readonly variables: boolean;
}

/** @throws PolicyError for values that the operator cannot have */
export function compileCondition(source: ConditionSource): Condition {
  const { use, effect } = source;
  const key = source.key.toLowerCase();
  const described = {
    operator: source.written,
    key: source.key,
    values: source.values.map((value) => value.text),
    at: source.at,
  };
  const values = source.values.map(({ text, at }) => compileValue(text, at, source));
  if (use.name === 'Null') {
    const absentWanted = described.values.map((text) => text.toLowerCase() === 'true');
    const holds = (context: Context): boolean => absentWanted.includes(isAbsent(context.values(key)));
    return { ...described, keys: [key], holds };
  }
  return {
    ...described,
    keys: [key, ...values.flatMap((value) => value.keys)],
    holds: (context) => holds(use, effect, context.values(key), values, context),
  };
}

interface CompiledValue {
  readonly keys: readonly string[];
  /** undefined: a variable of it has no value in this request. */
  matcher(context: Context): ValueMatcher | undefined;
}

function compileValue(text: string, at: Position, { use, variables }: ConditionSource): CompiledValue {
  const { operator } = use;
  const options = { wildcards: operator.wildcards, variables: variables && operator.variables, at };
  const template = compileTemplate(text, options);
  if (template.keys.length > 0) {
    const compile = (context: Context): ValueMatcher | undefined => {
      const pieces = template.resolve(context);
      return pieces === undefined ? undefined : (operator.compile(pieces) ?? matchesNothing);
    };
    return { keys: template.keys, matcher: compile };
  }
  const matcher = operator.compile(template.resolve(EMPTY_CONTEXT) ?? []);
  if (matcher === undefined) {
    throw new PolicyError('Syntax errors in policy.', at, `"${text}" is no value for ${use.name}`);
  }
  return { keys: [], matcher: () => matcher };
}

const matchesNothing: ValueMatcher = () => false;

/** A key with an empty list of values is like one that is not there. */
function isAbsent(values: readonly string[] | undefined): boolean {
  return values === undefined || values.length === 0;
}

function holds(
  { operator, set, ifExists }: OperatorUse,
  effect: Effect,
  found: readonly string[] | undefined,
  wanted: readonly CompiledValue[],
  context: Context,
): boolean {
  if (found === undefined || found.length === 0) {
    if (ifExists || set === 'ForAllValues') return true;
    return set === undefined && operator.negated;
  }
  const matchers: ValueMatcher[] = [];
  for (const value of wanted) {
    const matcher = value.matcher(context);
    if (matcher !== undefined) matchers.push(matcher);
    // what is not known is not the same and not different either: it gives no rights, and takes them
    else if (operator.negated && effect === 'Allow') return false;
  }
  const holdsFor = (value: string): boolean =>
    matchers.some((matches) => matches(value)) !== operator.negated;
  switch (set) {
    case 'ForAnyValue':
      return found.some(holdsFor);
    case 'ForAllValues':
      return found.every(holdsFor);
    case undefined:
      // several values where one is expected: the condition gives no rights, and takes them
      return found.length === 1 ? holdsFor(found[0] as string) : effect === 'Deny';
  }
}
