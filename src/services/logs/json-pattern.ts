/**
 * JSON filter patterns: `{ $.a.b[0] = "x*" && ($.n > 5 || $.z NOT EXISTS) }`. Operators: = != < > <= >= and IS NULL, IS TRUE,
 * IS FALSE, EXISTS, NOT EXISTS; `&&` binds closer than `||`. Texts may have `*` in them. A selector that leads nowhere makes its comparison false.
 */
import { invalidParameter } from './errors.ts';
import type { Matcher } from './filter-pattern.ts';

/** One comparison, or several put together. */
export type Condition =
  { and: Condition[] } | { or: Condition[] } | { path: (string | number)[]; test: Test };

export type Test =
  | { operator: '=' | '!='; text: string }
  | { operator: '=' | '!=' | '<' | '>' | '<=' | '>='; number: number }
  | { operator: 'IS'; value: null | boolean }
  | { operator: 'EXISTS'; exists: boolean };

/** A pattern nested deeper is refused. */
const MAX_DEPTH = 32;

const TOKEN =
  /\s*(?:(&&|\|\||[(){}]|!=|<=|>=|=|<|>)|(\$(?:\.[A-Za-z0-9_@:-]+|\.?\["(?:[^"\\]|\\.)*"\]|\[\d+\])+)|"((?:[^"\\]|\\.)*)"|([^\s()="<>!&|{}]+))/y;

interface Token {
  kind: 'sign' | 'selector' | 'text' | 'word';
  value: string;
}

/** @throws ApiError InvalidParameterException */
export function compileJsonPattern(pattern: string): Matcher {
  const condition = parseJsonPattern(pattern);
  return (message) => {
    const value = jsonOf(message);
    return value !== undefined && holds(condition, value);
  };
}

function jsonOf(message: string): unknown {
  try {
    return JSON.parse(message);
  } catch {
    return undefined; // a text is no JSON event, and no pattern for JSON matches it
  }
}

/** @throws ApiError InvalidParameterException */
export function parseJsonPattern(pattern: string): Condition {
  const tokens = tokensOf(pattern);
  let at = 0;
  let depth = 0;
  const peek = (): string | undefined => (tokens[at]?.kind === 'text' ? undefined : tokens[at]?.value);
  const take = (wanted: string): void => {
    if (peek() !== wanted) throw wrong();
    at += 1;
  };
  const list = (sign: '||' | '&&', read: () => Condition): Condition[] => {
    const found = [read()];
    while (peek() === sign) {
      at += 1;
      found.push(read());
    }
    return found;
  };
  const disjunction = (): Condition => {
    const found = list('||', conjunction);
    return found.length === 1 ? (found[0] as Condition) : { or: found };
  };
  const conjunction = (): Condition => {
    const found = list('&&', primary);
    return found.length === 1 ? (found[0] as Condition) : { and: found };
  };
  const primary = (): Condition => {
    if (peek() !== '(') return comparison();
    depth += 1;
    if (depth > MAX_DEPTH) throw wrong();
    at += 1;
    const inner = disjunction();
    take(')');
    depth -= 1;
    return inner;
  };
  const comparison = (): Condition => {
    const selector = tokens[at];
    if (selector?.kind !== 'selector') throw wrong();
    const { test, used } = parseTest(tokens.slice(at + 1, at + 3));
    at += 1 + used;
    return { path: pathOf(selector.value), test };
  };
  take('{');
  const condition = disjunction();
  take('}');
  if (at !== tokens.length) throw wrong();
  return condition;
}

function wrong(): Error {
  return invalidParameter('Invalid filter pattern: the JSON pattern cannot be read.');
}

function tokensOf(pattern: string): Token[] {
  const tokens: Token[] = [];
  const reader = new RegExp(TOKEN);
  const end = pattern.trimEnd().length;
  while (reader.lastIndex < end) {
    const found = reader.exec(pattern);
    if (found === null) throw wrong();
    const [, sign, selector, text, word] = found;
    if (sign !== undefined) tokens.push({ kind: 'sign', value: sign });
    else if (selector !== undefined) tokens.push({ kind: 'selector', value: selector });
    else if (text !== undefined) tokens.push({ kind: 'text', value: text });
    else tokens.push({ kind: 'word', value: word ?? '' });
  }
  return tokens;
}

const IS_VALUES: Readonly<Record<string, null | boolean>> = { NULL: null, TRUE: true, FALSE: false };

function parseTest([operator, operand]: Token[]): { test: Test; used: number } {
  if (operator === undefined || operator.kind === 'text') throw wrong();
  const value = operand?.value ?? '';
  switch (operator.value) {
    case 'EXISTS':
      return { test: { operator: 'EXISTS', exists: true }, used: 1 };
    case 'NOT':
      if (value !== 'EXISTS') throw wrong();
      return { test: { operator: 'EXISTS', exists: false }, used: 2 };
    case 'IS': {
      const is = IS_VALUES[value];
      if (is === undefined) throw wrong();
      return { test: { operator: 'IS', value: is }, used: 2 };
    }
    case '=':
    case '!=':
    case '<':
    case '>':
    case '<=':
    case '>=':
      return { test: parseOperand(operator.value, operand), used: 2 };
    default:
      throw wrong();
  }
}

const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;

function parseOperand(operator: '=' | '!=' | '<' | '>' | '<=' | '>=', operand: Token | undefined): Test {
  if (operand === undefined || operand.kind === 'sign' || operand.kind === 'selector') throw wrong();
  if (operand.kind === 'word' && NUMBER.test(operand.value))
    return { operator, number: Number(operand.value) };
  if (operand.value.startsWith('%') && operand.kind === 'word')
    throw invalidParameter('Invalid filter pattern: regular expressions are not supported.');
  if (operator !== '=' && operator !== '!=') throw wrong();
  return { operator, text: operand.kind === 'text' ? operand.value.replace(/\\(.)/g, '$1') : operand.value };
}

/** `$.a["b.c"][0]` as names and numbers. */
function pathOf(selector: string): (string | number)[] {
  const parts = selector.matchAll(/\.([A-Za-z0-9_@:-]+)|\["((?:[^"\\]|\\.)*)"\]|\[(\d+)\]/g);
  return [...parts].map(([, name, quoted, index]) =>
    index === undefined ? (name ?? (quoted ?? '').replace(/\\(.)/g, '$1')) : Number(index),
  );
}

function holds(condition: Condition, value: unknown): boolean {
  if ('and' in condition) return condition.and.every((one) => holds(one, value));
  if ('or' in condition) return condition.or.some((one) => holds(one, value));
  return passes(condition.test, at(value, condition.path));
}

function at(value: unknown, path: readonly (string | number)[]): unknown {
  let here = value;
  for (const step of path) {
    if (typeof here !== 'object' || here === null || !Object.hasOwn(here, step)) return undefined;
    here = (here as Record<string | number, unknown>)[step];
  }
  return here;
}

function passes(test: Test, found: unknown): boolean {
  if (test.operator === 'EXISTS') return (found !== undefined) === test.exists;
  if (found === undefined) return false;
  if (test.operator === 'IS') return found === test.value;
  if ('number' in test) return typeof found === 'number' && compares(found, test.operator, test.number);
  const isText = typeof found === 'string' || typeof found === 'number' || typeof found === 'boolean';
  return isText && matchesText(String(found), test.text) === (test.operator === '=');
}

function compares(found: number, operator: string, wanted: number): boolean {
  switch (operator) {
    case '=':
      return found === wanted;
    case '!=':
      return found !== wanted;
    case '<':
      return found < wanted;
    case '>':
      return found > wanted;
    case '<=':
      return found <= wanted;
    default:
      return found >= wanted;
  }
}

/** `*` stands for any characters; linear in the text for each part of the pattern. */
function matchesText(found: string, wanted: string): boolean {
  const [first = '', ...rest] = wanted.split('*');
  if (rest.length === 0) return found === wanted;
  const last = rest.pop() ?? '';
  if (!found.startsWith(first) || found.length < first.length + last.length || !found.endsWith(last))
    return false;
  let from = first.length;
  for (const part of rest) {
    const next = found.indexOf(part, from);
    if (next < 0) return false;
    from = next + part.length;
  }
  return from <= found.length - last.length;
}
