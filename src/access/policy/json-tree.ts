/**
 * JSON text as a tree that remembers where everything stands, for messages and explanations. Stricter than JSON.parse: no name
 * twice in one object (readers that take the first and readers that take the last would see two policies), limited depth.
 */
import { PolicyError } from './policy-error.ts';

/** Line and column, both from 1. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

interface Place {
  readonly at: Position;
  /** Index of the first character in the text, and of the one after the last. */
  readonly start: number;
  readonly end: number;
}

export interface JsonMember {
  readonly name: string;
  readonly at: Position;
  readonly value: JsonNode;
}

export type JsonObject = Place & {
  readonly kind: 'object';
  readonly members: readonly JsonMember[];
  /** Behind its closing brace. */
  readonly until: Position;
};
export type JsonArray = Place & { readonly kind: 'array'; readonly items: readonly JsonNode[] };
export type JsonString = Place & { readonly kind: 'string'; readonly text: string };
/** Numbers and booleans by the text they are written with; null. */
export type JsonScalar = Place & { readonly kind: 'number' | 'boolean' | 'null'; readonly text: string };
export type JsonNode = JsonObject | JsonArray | JsonString | JsonScalar;

/** Deeper than any policy. */
const MAX_DEPTH = 12;
const BLANK = /[\t\n\r ]*/y;
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

/** @throws PolicyError with the position of what is wrong */
export function parseJsonTree(text: string): JsonNode {
  return new Reader(text).document();
}

class Reader {
  readonly #text: string;
  #index = 0;
  #line = 1;
  #lineStart = 0;
  /** Up to here line breaks were counted. */
  #counted = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): JsonNode {
    const node = this.#value(0);
    this.#match(BLANK);
    if (this.#index < this.#text.length) throw this.#error();
    return node;
  }

  #value(depth: number): JsonNode {
    this.#match(BLANK);
    if (depth > MAX_DEPTH) throw this.#error('The policy is nested too deeply.');
    const at = this.#position();
    const start = this.#index;
    switch (this.#text[start]) {
      case '{': {
        const members = this.#members(depth);
        return { kind: 'object', at, start, end: this.#index, members, until: this.#position() };
      }
      case '[': {
        const items = this.#items(depth);
        return { kind: 'array', at, start, end: this.#index, items };
      }
      case '"': {
        const text = this.#string();
        return { kind: 'string', at, start, end: this.#index, text };
      }
      default:
        return this.#scalar(at, start);
    }
  }

  #scalar(at: Position, start: number): JsonScalar {
    const word = this.#match(WORD);
    if (word === 'null') return { kind: 'null', at, start, end: this.#index, text: word };
    if (word !== '') return { kind: 'boolean', at, start, end: this.#index, text: word };
    const text = this.#match(NUMBER);
    if (text === '') throw this.#error();
    return { kind: 'number', at, start, end: this.#index, text };
  }

  #members(depth: number): JsonMember[] {
    const members: JsonMember[] = [];
    const names = new Set<string>();
    this.#index += 1;
    if (this.#take('}')) return members;
    do {
      this.#match(BLANK);
      const at = this.#position();
      const name = this.#string();
      if (names.has(name)) throw new PolicyError('Syntax errors in policy.', at, `"${name}" occurs twice`);
      names.add(name);
      if (!this.#take(':')) throw this.#error();
      members.push({ name, at, value: this.#value(depth + 1) });
    } while (this.#take(','));
    if (!this.#take('}')) throw this.#error();
    return members;
  }

  #items(depth: number): JsonNode[] {
    const items: JsonNode[] = [];
    this.#index += 1;
    if (this.#take(']')) return items;
    do items.push(this.#value(depth + 1));
    while (this.#take(','));
    if (!this.#take(']')) throw this.#error();
    return items;
  }

  #string(): string {
    const literal = this.#match(STRING);
    if (literal === '') throw this.#error();
    return literal.includes('\\') ? (JSON.parse(literal) as string) : literal.slice(1, -1);
  }

  #take(sign: string): boolean {
    this.#match(BLANK);
    if (this.#text[this.#index] !== sign) return false;
    this.#index += 1;
    return true;
  }

  #match(expression: RegExp): string {
    expression.lastIndex = this.#index;
    const found = expression.exec(this.#text)?.[0] ?? '';
    this.#index += found.length;
    return found;
  }

  #position(): Position {
    for (; this.#counted < this.#index; this.#counted += 1) {
      if (this.#text.charCodeAt(this.#counted) !== 0x0a) continue;
      this.#line += 1;
      this.#lineStart = this.#counted + 1;
    }
    return { line: this.#line, column: this.#index - this.#lineStart + 1 };
  }

  #error(detail?: string): PolicyError {
    return new PolicyError('Syntax errors in policy.', this.#position(), detail ?? 'this is no JSON');
  }
}
