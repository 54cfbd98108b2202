/**
 * Filter patterns. AWS: "Filter pattern syntax for metric filters, subscription filters, filter log events, and Live Tail".
 * Terms: `a b` all of them, `?a ?b` any of them, `-a` none, `"a phrase"`; case counts. JSON: `{ $.a.b = "x*" && $.n >= 5 }`.
 * Regular expressions (`%…%`) and space-delimited patterns (`[…]`) are refused.
 */
import { invalidParameter } from './errors.ts';
import { compileJsonPattern } from './json-pattern.ts';

export type Matcher = (message: string) => boolean;

/** @throws ApiError InvalidParameterException */
export function compileFilterPattern(pattern: string): Matcher {
  const text = pattern.trim();
  if (text === '') return () => true;
  if (text.startsWith('{')) return compileJsonPattern(text);
  if (text.startsWith('['))
    throw invalidParameter('Invalid filter pattern: space-delimited patterns are not supported.');
  return compileTerms(parseTerms(text));
}

export interface Term {
  kind: 'required' | 'optional' | 'excluded';
  text: string;
}

const SIGNS: Readonly<Record<string, Term['kind']>> = { '?': 'optional', '-': 'excluded' };

/** @throws ApiError InvalidParameterException */
export function parseTerms(text: string): Term[] {
  const terms: Term[] = [];
  let at = 0;
  while (at < text.length) {
    if (/\s/.test(text.charAt(at))) {
      at += 1;
      continue;
    }
    const sign = SIGNS[text.charAt(at)];
    if (sign !== undefined) at += 1;
    const { term, end } = text.charAt(at) === '"' ? readQuoted(text, at) : readWord(text, at);
    terms.push({ kind: sign ?? 'required', text: term });
    at = end;
  }
  return terms;
}

/** A phrase from its opening quotation mark on; a backslash takes the next character as it is. */
export function readQuoted(text: string, start: number): { term: string; end: number } {
  let term = '';
  for (let at = start + 1; at < text.length; at += 1) {
    const character = text.charAt(at);
    if (character === '"') return { term, end: at + 1 };
    if (character === '\\') at += 1;
    term += text.charAt(at);
  }
  throw invalidParameter('Invalid filter pattern: a quotation mark is not closed.');
}

function readWord(text: string, start: number): { term: string; end: number } {
  const term = /^[^\s"]*/.exec(text.slice(start))?.[0] ?? '';
  if (term === '') throw invalidParameter('Invalid filter pattern: a sign stands before nothing.');
  if (term.includes('%'))
    throw invalidParameter('Invalid filter pattern: regular expressions are not supported.');
  return { term, end: start + term.length };
}

/** Optional terms count where there are no others. */
function compileTerms(terms: readonly Term[]): Matcher {
  const of = (kind: Term['kind']): string[] =>
    terms.filter((term) => term.kind === kind).map(({ text }) => text);
  const [required, optional, excluded] = [of('required'), of('optional'), of('excluded')];
  if (required.length + excluded.length === 0)
    return (message) => optional.some((term) => message.includes(term));
  return (message) =>
    required.every((term) => message.includes(term)) && !excluded.some((term) => message.includes(term));
}
