/**
 * The limits that a model sets on values, and AWS's words for a value that breaks them. Texts: recorded from AWS KMS;
 * where a value breaks several, length comes before pattern.
 */
import { validationError, type ApiError } from './errors.ts';
import type { ListShape, MapShape, ScalarShape } from './model.ts';

/** More than this many violations are not described: a small body of empty structures would make a huge answer. */
const MAX_VIOLATIONS = 100;

/** What one request breaks, in the model's order. */
export class Violations {
  readonly #texts: string[] = [];

  /** @param shown the value as the message shows it; undefined for sensitive ones, null for an absent member */
  add(path: string, shown: string | null | undefined, constraint: string): void {
    const value = shown === null ? ' null' : shown === undefined ? '' : ` '${shown}'`;
    this.#texts.push(`Value${value} at '${path}' failed to satisfy constraint: ${constraint}`);
    if (this.#texts.length >= MAX_VIOLATIONS) throw this.error();
  }

  get any(): boolean {
    return this.#texts.length > 0;
  }

  error(): ApiError {
    const count = this.#texts.length;
    const plural = count === 1 ? 'error' : 'errors';
    return validationError(`${count} validation ${plural} detected: ${this.#texts.join('; ')}`);
  }
}

export const NOT_NULL = 'Member must not be null';

/** One limit: whether a measure of the value keeps it, and its text. */
export interface Constraint<T> {
  readonly text: string;
  holds(this: void, value: T): boolean;
}

const lengthTexts = (min: number | undefined, max: number | undefined) => ({
  min: `Member must have length greater than or equal to ${min}`,
  max: `Member must have length less than or equal to ${max}`,
});

/** Unicode characters, not UTF-16 units; counted only where the units are more than the limit. */
function characters(text: string, limit: number): number {
  if (text.length <= limit) return text.length;
  return text.length - (text.match(/[\u{10000}-\u{10FFFF}]/gu)?.length ?? 0);
}

/**
 * The whole value must match, as Java's Matcher.matches has it. Java's \s has six characters, JavaScript's many more.
 */
export function compilePattern(pattern: string): RegExp {
  return new RegExp(`^(?:${pattern.replaceAll('\\s', '\\t\\n\\v\\f\\r\\u0020')})$`, 'u');
}

/** In the order in which AWS lists them for the elements of a list: upper limit, lower limit, pattern or set. */
export function stringConstraints({ min, max, pattern, enum: values }: ScalarShape): Constraint<string>[] {
  const constraints: Constraint<string>[] = [];
  const texts = lengthTexts(min, max);
  if (max !== undefined)
    constraints.push({ text: texts.max, holds: (value) => characters(value, max) <= max });
  if (min !== undefined && min > 0) {
    constraints.push({
      text: texts.min,
      // A pair of surrogates is one character: above 2 × min units there are min characters in any case.
      holds: (value) => value.length >= min * 2 || (value.length >= min && characters(value, 0) >= min),
    });
  } else if (min === 0) {
    constraints.push({ text: texts.min, holds: () => true });
  }
  if (pattern !== undefined) {
    const compiled = compilePattern(pattern);
    constraints.push({
      text: `Member must satisfy regular expression pattern: ${pattern}`,
      holds: (value) => compiled.test(value),
    });
  }
  if (values !== undefined) {
    const set = new Set(values);
    constraints.push({
      text: `Member must satisfy enum value set: [${values.join(', ')}]`,
      holds: (value) => set.has(value),
    });
  }
  return constraints;
}

/** Length of a blob in decoded bytes, of a list in elements, of a map in pairs. */
export function lengthConstraints({ min, max }: ScalarShape | ListShape | MapShape): Constraint<number>[] {
  const constraints: Constraint<number>[] = [];
  const texts = lengthTexts(min, max);
  if (max !== undefined) constraints.push({ text: texts.max, holds: (length) => length <= max });
  if (min !== undefined) constraints.push({ text: texts.min, holds: (length) => length >= min });
  return constraints;
}

export function rangeConstraints({ min, max }: ScalarShape): Constraint<number>[] {
  const constraints: Constraint<number>[] = [];
  if (max !== undefined) {
    constraints.push({
      text: `Member must have value less than or equal to ${max}`,
      holds: (value) => value <= max,
    });
  }
  if (min !== undefined) {
    constraints.push({
      text: `Member must have value greater than or equal to ${min}`,
      holds: (value) => value >= min,
    });
  }
  return constraints;
}
