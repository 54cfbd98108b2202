/**
 * Bytes to JSON values, stricter than JSON.parse: no invalid UTF-8, no lone surrogates, no depth beyond 16, no name twice
 * in one object (JSON.parse lets the last win, so two readers could see two requests).
 */
import { isAscii, isUtf8 } from 'node:buffer';
import { serializationError } from './errors.ts';

export const MAX_DEPTH = 16;

export interface JsonText {
  readonly value: unknown;
  /** How many members all objects of the text have together, names that repeat counted each time. */
  readonly members: number;
}

/**
 * Parses the text. A caller must hold `members` against the members it finds in `value` (see `countMembers`): fewer means
 * that a name was repeated.
 * @throws ApiError SerializationException, without a message for what is no JSON (as AWS)
 */
export function parseJson(bytes: Buffer): JsonText {
  let text: string;
  if (isAscii(bytes)) text = bytes.toString('latin1');
  else if (isUtf8(bytes)) text = bytes.toString('utf8');
  else throw serializationError();
  const members = scan(text);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw serializationError();
  }
  if (text.includes('\\u') && /\\u[dD][89a-fA-F]/.test(text)) requireWellFormed(value);
  return { value, members };
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/** Counts the colons outside strings (one for each member, if the text is JSON) and watches the depth. */
function scan(text: string): number {
  let members = 0;
  let depth = 0;
  for (let i = 0; i < text.length; i += 1) {
    switch (text.charCodeAt(i)) {
      case QUOTE:
        i = endOfString(text, i);
        break;
      case 0x3a: // :
        members += 1;
        break;
      case 0x7b: // {
      case 0x5b: // [
        depth += 1;
        if (depth > MAX_DEPTH) throw serializationError('The request is nested too deeply.');
        break;
      case 0x7d: // }
      case 0x5d: // ]
        depth -= 1;
        break;
      default:
    }
  }
  return members;
}

/** The index of the quote that ends the string which begins at `start`. */
function endOfString(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === QUOTE) return i;
    if (code === BACKSLASH) i += 1;
  }
  return text.length;
}

const LONE_SURROGATE = /\p{Surrogate}/u;

/** In the names and strings of the value. Escapes are the only way in for a lone surrogate: UTF-8 has none. */
function requireWellFormed(value: unknown): void {
  if (typeof value === 'string') {
    if (LONE_SURROGATE.test(value)) throw serializationError();
  } else if (Array.isArray(value)) {
    value.forEach(requireWellFormed);
  } else if (typeof value === 'object' && value !== null) {
    for (const [name, member] of Object.entries(value)) {
      requireWellFormed(name);
      requireWellFormed(member);
    }
  }
}

/** The members of all objects in a value. */
export function countMembers(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  if (Array.isArray(value)) return value.reduce((sum: number, element) => sum + countMembers(element), 0);
  let members = 0;
  for (const member of Object.values(value)) members += 1 + countMembers(member);
  return members;
}
