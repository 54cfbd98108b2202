/**
 * The condition operators: 27, each a row. A row says how a value of the policy is read, and whether a value of the request
 * matches it. AWS: "IAM JSON policy elements: Condition operators".
 */
import { parseAddress, parseNetwork, within } from './addresses.ts';
import { compilePattern, patternText } from './wildcards.ts';
import type { PatternPiece } from './wildcards.ts';

/** Whether a value of the request matches one value of the policy. */
export type ValueMatcher = (value: string) => boolean;

export interface Operator {
  /** Matches when no value of the policy does: also when the request does not have the key at all. */
  readonly negated: boolean;
  /** Policy variables may stand in its values: strings and ARNs only. */
  readonly variables: boolean;
  /** `*` and `?` outside of variables are wildcards. */
  readonly wildcards: boolean;
  /** @returns undefined when this is no value of the operator */
  compile(value: readonly PatternPiece[]): ValueMatcher | undefined;
}

type Compile = Operator['compile'];
type CompileText = (text: string) => ValueMatcher | undefined;
type Comparison = (value: number, limit: number) => boolean;

/**
 * `read`, which is not asked again for the text that it was asked for last: a policy may compare one long text of the request with
 * thousands of values, and reading it each time would take most of a second.
 */
function remembering<T>(read: (text: string) => T): (text: string) => T {
  let last = { text: '', value: read('') };
  return (text) => {
    if (text !== last.text) last = { text, value: read(text) };
    return last.value;
  };
}

const lowered = remembering((text) => text.toLowerCase());

const same: CompileText = (wanted) => (value) => value === wanted;

const sameIgnoringCase: CompileText = (wanted) => {
  const folded = wanted.toLowerCase();
  return (value) => lowered(value) === folded;
};

const NUMBER = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;

const numberOf = remembering((text) => (NUMBER.test(text) ? Number(text) : undefined));

const DATE = /^\d{4}(?:-\d{2}(?:-\d{2}(?:T\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2}))?)?)?$/;

/** Milliseconds since 1970 of an ISO 8601 date or of seconds since 1970. */
const dateOf = remembering((text) => {
  if (/^\d{5,}(?:\.\d+)?$/.test(text)) return Number(text) * 1000;
  if (!DATE.test(text)) return undefined;
  const time = Date.parse(text);
  return Number.isNaN(time) ? undefined : time;
});

const comparing =
  (read: (text: string) => number | undefined, compare: Comparison): CompileText =>
  (wanted) => {
    const limit = read(wanted);
    if (limit === undefined) return undefined;
    return (text) => {
      const value = read(text);
      return value !== undefined && compare(value, limit);
    };
  };

const equal: Comparison = (value, limit) => value === limit;
const less: Comparison = (value, limit) => value < limit;
const lessOrEqual: Comparison = (value, limit) => value <= limit;
const greater: Comparison = (value, limit) => value > limit;
const greaterOrEqual: Comparison = (value, limit) => value >= limit;

const bool: CompileText = (wanted) => {
  const folded = wanted.toLowerCase();
  if (folded !== 'true' && folded !== 'false') return undefined;
  return (value) => lowered(value) === folded;
};

const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const binary: CompileText = (wanted) => (BASE64.test(wanted) ? (value) => value === wanted : undefined);

const address: CompileText = (wanted) => {
  const network = parseNetwork(wanted);
  if (network === undefined) return undefined;
  return (value) => {
    const parsed = parseAddress(value);
    return parsed !== undefined && within(parsed, network);
  };
};

/** The six parts of an ARN match separately: a `*` does not reach over a colon, but in the last part. */
const arn: Compile = (wanted) => {
  const parts = partsOfPattern(wanted);
  if (parts === undefined) return undefined;
  const patterns = parts.map(compilePattern);
  return (value) => {
    const found = partsOfArn(value);
    return found !== undefined && patterns.every((matches, at) => matches(found[at] as string));
  };
};

const ARN_PARTS = 6;

const partsOfArn = remembering((text) => {
  const parts = text.split(':');
  if (parts.length < ARN_PARTS || parts[0] !== 'arn') return undefined;
  return [...parts.slice(0, ARN_PARTS - 1), parts.slice(ARN_PARTS - 1).join(':')];
});

function partsOfPattern(pieces: readonly PatternPiece[]): PatternPiece[][] | undefined {
  const parts: PatternPiece[][] = [[]];
  const add = (piece: PatternPiece): void => {
    if (piece !== '') (parts.at(-1) as PatternPiece[]).push(piece);
  };
  for (const piece of pieces) {
    if (typeof piece !== 'string') add(piece);
    else {
      const texts = piece.split(':');
      while (texts.length > 1 && parts.length < ARN_PARTS) {
        add(texts.shift() as string);
        parts.push([]);
      }
      add(texts.join(':'));
    }
  }
  return parts.length === ARN_PARTS && parts[0]?.length === 1 && parts[0][0] === 'arn' ? parts : undefined;
}

type Kind = Pick<Operator, 'variables' | 'wildcards'>;
const TEXT: Kind = { variables: true, wildcards: false };
const PATTERN: Kind = { variables: true, wildcards: true };
const VALUE: Kind = { variables: false, wildcards: false };

const text =
  (compile: CompileText): Compile =>
  (pieces) =>
    compile(patternText(pieces));

const is = (kind: Kind, compile: Compile): Operator => ({ ...kind, negated: false, compile });
const isNot = (kind: Kind, compile: Compile): Operator => ({ ...kind, negated: true, compile });

const NAMED = {
  StringEquals: is(TEXT, text(same)),
  StringNotEquals: isNot(TEXT, text(same)),
  StringEqualsIgnoreCase: is(TEXT, text(sameIgnoringCase)),
  StringNotEqualsIgnoreCase: isNot(TEXT, text(sameIgnoringCase)),
  StringLike: is(PATTERN, compilePattern),
  StringNotLike: isNot(PATTERN, compilePattern),
  NumericEquals: is(VALUE, text(comparing(numberOf, equal))),
  NumericNotEquals: isNot(VALUE, text(comparing(numberOf, equal))),
  NumericLessThan: is(VALUE, text(comparing(numberOf, less))),
  NumericLessThanEquals: is(VALUE, text(comparing(numberOf, lessOrEqual))),
  NumericGreaterThan: is(VALUE, text(comparing(numberOf, greater))),
  NumericGreaterThanEquals: is(VALUE, text(comparing(numberOf, greaterOrEqual))),
  DateEquals: is(VALUE, text(comparing(dateOf, equal))),
  DateNotEquals: isNot(VALUE, text(comparing(dateOf, equal))),
  DateLessThan: is(VALUE, text(comparing(dateOf, less))),
  DateLessThanEquals: is(VALUE, text(comparing(dateOf, lessOrEqual))),
  DateGreaterThan: is(VALUE, text(comparing(dateOf, greater))),
  DateGreaterThanEquals: is(VALUE, text(comparing(dateOf, greaterOrEqual))),
  Bool: is(VALUE, text(bool)),
  BinaryEquals: is(VALUE, text(binary)),
  IpAddress: is(VALUE, text(address)),
  NotIpAddress: isNot(VALUE, text(address)),
  ArnEquals: is(PATTERN, arn),
  ArnLike: is(PATTERN, arn),
  ArnNotEquals: isNot(PATTERN, arn),
  ArnNotLike: isNot(PATTERN, arn),
  /** Asks whether the key is there: conditions.ts. Its values are those of Bool. */
  Null: is(VALUE, text(bool)),
} satisfies Record<string, Operator>;

export type OperatorName = keyof typeof NAMED;

export const OPERATORS: Readonly<Record<OperatorName, Operator>> = NAMED;
export const OPERATOR_NAMES = Object.keys(NAMED) as readonly OperatorName[];

export type SetModifier = 'ForAnyValue' | 'ForAllValues';

export interface OperatorUse {
  readonly name: OperatorName;
  readonly operator: Operator;
  readonly set: SetModifier | undefined;
  readonly ifExists: boolean;
}

const WRITTEN = /^(?:(ForAnyValue|ForAllValues):)?([A-Za-z]+?)(IfExists)?$/;

/** What an operator's name in a policy says; undefined for one that does not exist. */
export function parseOperator(text: string): OperatorUse | undefined {
  const [, set, name = '', ifExists] = WRITTEN.exec(text) ?? [];
  if (!Object.hasOwn(NAMED, name)) return undefined;
  if (name === 'Null' && (set !== undefined || ifExists !== undefined)) return undefined;
  const known = name as OperatorName;
  return {
    name: known,
    operator: OPERATORS[known],
    set: set as SetModifier | undefined,
    ifExists: ifExists !== undefined,
  };
}
