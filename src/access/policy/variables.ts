/**
 * Texts in policies that may hold variables: `${aws:username}`, `${aws:PrincipalTag/team, 'none'}`, and the literals `${*}`,
 * `${?}`, `${$}`. Only in policies of version 2012-10-17. AWS: "IAM policy elements: Variables and tags".
 */
import type { Context } from '../context.ts';
import { PolicyError } from './policy-error.ts';
import type { Position } from './json-tree.ts';
import { countComparisons, patternPieces } from './wildcards.ts';
import type { PatternPiece } from './wildcards.ts';

interface Variable {
  /** Condition key in lower case. */
  readonly key: string;
  readonly fallback: string | undefined;
}

type Piece = PatternPiece | Variable;

/** A text that is the same in every request, or one that needs the request to be known. */
export interface Template {
  /** Condition keys that it asks for, in lower case. */
  readonly keys: readonly string[];
  /** Its pieces in this request; undefined when a variable has no single value and no default. */
  resolve(context: Context): readonly PatternPiece[] | undefined;
}

/** A pattern is made anew for the request, which costs some comparisons for each character of it. */
const COMPARISONS_PER_CHARACTER = 4;

/** Matches at every `${`, also one that nothing ends: else each of many would be looked through to the end of the text. */
const VARIABLE = /\$\{([^}]*)(\}?)/g;
const CONTENT = /^\s*([A-Za-z0-9.-]+(?:\/[^:\s,']*)?:[^\s,']+)\s*(?:,\s*'([^']*)'\s*)?$/;

/**
 * @param wildcards whether `*` and `?` outside variables are wildcards
 * @throws PolicyError for `${…}` that is no variable
 */
export function compileTemplate(
  source: string,
  options: { wildcards: boolean; variables: boolean; at: Position },
): Template {
  const pieces = options.variables ? parse(source, options) : literalPieces(source, options.wildcards);
  const keys = pieces.filter(isVariable).map((piece) => piece.key);
  if (keys.length > 0) return { keys, resolve: (context) => resolve(pieces, context) };
  const fixed = merged(pieces as PatternPiece[]);
  return { keys, resolve: () => fixed };
}

function parse(source: string, { wildcards, at }: { wildcards: boolean; at: Position }): Piece[] {
  const pieces: Piece[] = [];
  let from = 0;
  for (const match of source.matchAll(VARIABLE)) {
    if (match[2] === '') throw badVariable(source, at);
    pieces.push(...literalPieces(source.slice(from, match.index), wildcards));
    pieces.push(variableOf(match[1] ?? '', source, at));
    from = match.index + match[0].length;
  }
  return [...pieces, ...literalPieces(source.slice(from), wildcards)];
}

function variableOf(content: string, source: string, at: Position): Piece {
  if (content === '*' || content === '?' || content === '$') return content;
  const match = CONTENT.exec(content);
  if (match === null) throw badVariable(source, at);
  const [, key = '', fallback] = match;
  return { key: key.toLowerCase(), fallback };
}

const badVariable = (source: string, at: Position): PolicyError =>
  new PolicyError('Syntax errors in policy.', at, `"${source}" holds what is no policy variable`);

function literalPieces(text: string, wildcards: boolean): PatternPiece[] {
  if (wildcards) return patternPieces(text);
  return text === '' ? [] : [text];
}

function isVariable(piece: Piece): piece is Variable {
  return typeof piece === 'object';
}

/** The value of a variable stands for itself: its `*` is no wildcard. */
function resolve(pieces: readonly Piece[], context: Context): PatternPiece[] | undefined {
  const resolved: PatternPiece[] = [];
  for (const piece of pieces) {
    if (!isVariable(piece)) resolved.push(piece);
    else {
      const values = context.values(piece.key);
      const value = values?.length === 1 ? values[0] : undefined;
      const text = value ?? (values === undefined || values.length === 0 ? piece.fallback : undefined);
      if (text === undefined) return undefined;
      countComparisons(text.length * COMPARISONS_PER_CHARACTER);
      if (text !== '') resolved.push(text);
    }
  }
  return merged(resolved);
}

/** Neighbouring texts as one, so that simple patterns stay simple. */
function merged(pieces: readonly PatternPiece[]): PatternPiece[] {
  const result: PatternPiece[] = [];
  for (const piece of pieces) {
    const last = result.at(-1);
    if (typeof piece === 'string' && typeof last === 'string') result[result.length - 1] = last + piece;
    else result.push(piece);
  }
  return result;
}
