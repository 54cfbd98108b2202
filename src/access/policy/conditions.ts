/**
 * Conditions, compiled: operators AND keys AND, values OR. AWS: "IAM JSON policy elements: Condition", "Creating a condition
 * with multiple keys or values", "Single-valued vs. multivalued context keys".
 */
import { EMPTY_CONTEXT } from '../context.ts';
import type { Context } from '../context.ts';
import type { Position } from './json-tree.ts';
import { PolicyError } from './policy-error.ts';
import type { Operator, OperatorUse, ValueMatcher } from './operators.ts';
import { compileTemplate } from './variables.ts';
import type { Template } from './variables.ts';

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

/**
 * Policies are kept compiled, and have many values: nothing that is kept may hold on to what it was compiled from.
 * @throws PolicyError for values that the operator cannot have
 */
export function compileCondition(source: ConditionSource): Condition {
  const { use, effect, at } = source;
  const key = source.key.toLowerCase();
  const texts = source.values.map(({ text }) => text);
  const values = compileValues(source);
  return {
    operator: source.written,
    key: source.key,
    values: texts,
    at,
    keys: [key, ...values.varying.flatMap(({ keys }) => keys)],
    holds: use.name === 'Null' ? isThere(key, texts) : compares(use, effect, key, values),
  };
}

interface CompiledValues {
  /** Of values that are the same in every request. */
  readonly fixed: readonly ValueMatcher[];
  readonly varying: readonly VaryingValue[];
}

/** A value with variables. */
interface VaryingValue {
  readonly keys: readonly string[];
  /** undefined: a variable of it has no value in this request. */
  matcher(context: Context): ValueMatcher | undefined;
}

function compileValues({ use, values, variables }: ConditionSource): CompiledValues {
  const { operator } = use;
  const options = { wildcards: operator.wildcards, variables: variables && operator.variables };
  const fixed: ValueMatcher[] = [];
  const varying: VaryingValue[] = [];
  for (const { text, at } of values) {
    const template = compileTemplate(text, { ...options, at });
    if (template.keys.length > 0) {
      varying.push(varyingValue(template, operator));
      continue;
    }
    const matcher = operator.compile(template.resolve(EMPTY_CONTEXT) ?? []);
    if (matcher === undefined)
      throw new PolicyError('Syntax errors in policy.', at, `"${text}" is no value for ${use.name}`);
    fixed.push(matcher);
  }
  return { fixed, varying };
}

function varyingValue(template: Template, operator: Operator): VaryingValue {
  return {
    keys: template.keys,
    matcher: (context) => {
      const pieces = template.resolve(context);
      return pieces === undefined ? undefined : (operator.compile(pieces) ?? matchesNothing);
    },
  };
}

const matchesNothing: ValueMatcher = () => false;

/** Null. @param texts `true`: the key is not to be there; `false`: it is */
function isThere(key: string, texts: readonly string[]): Condition['holds'] {
  const wanted = new Set(texts.map((text) => text.toLowerCase() === 'true'));
  return (context) => wanted.has(isAbsent(context.values(key)));
}

/** A key with an empty list of values is like one that is not there. */
function isAbsent(values: readonly string[] | undefined): boolean {
  return values === undefined || values.length === 0;
}

/** All operators but Null. */
function compares(
  { operator, set, ifExists }: OperatorUse,
  effect: Effect,
  key: string,
  { fixed, varying }: CompiledValues,
): Condition['holds'] {
  return (context) => {
    const found = context.values(key);
    if (found === undefined || found.length === 0) {
      if (ifExists || set === 'ForAllValues') return true;
      return set === undefined && operator.negated;
    }
    const varied: ValueMatcher[] = [];
    for (const value of varying) {
      const matcher = value.matcher(context);
      if (matcher !== undefined) varied.push(matcher);
      // what is not known is not the same and not different either: it gives no rights, and takes them
      else if (operator.negated && effect === 'Allow') return false;
    }
    const holdsFor = (value: string): boolean =>
      (fixed.some((matches) => matches(value)) || varied.some((matches) => matches(value))) !==
      operator.negated;
    switch (set) {
      case 'ForAnyValue':
        return found.some(holdsFor);
      case 'ForAllValues':
        return found.every(holdsFor);
      case undefined:
        // several values where one is expected: the condition gives no rights, and takes them
        return found.length === 1 ? holdsFor(found[0] as string) : effect === 'Deny';
    }
  };
}
