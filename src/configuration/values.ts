/** Readers of single values: each takes what YAML gave and its path, and says exactly what is wrong with it. */
import { isAbsolute } from 'node:path';

/** A configuration that cannot be used; its message names the place. */
export class ConfigurationError extends Error {
  constructor(path: string, message: string) {
    super(path === '' ? message : `${path}: ${message}`);
    this.name = 'ConfigurationError';
  }
}

/** @throws ConfigurationError */
export type Reader<T> = (value: unknown, path: string) => T;

export const text: Reader<string> = (value, path) => {
  if (typeof value !== 'string' || value === '') throw new ConfigurationError(path, 'must be a text');
  return value;
};

/** @param what as it is said to whoever wrote something else */
export function matching(pattern: RegExp, what: string): Reader<string> {
  return (value, path) => {
    if (typeof value === 'string' && pattern.test(value)) return value;
    throw new ConfigurationError(path, `must be ${what}`);
  };
}

/** A file's path that does not depend on where the process was started. */
export const absolutePath: Reader<string> = (value, path) => {
  if (typeof value !== 'string' || !isAbsolute(value)) {
    throw new ConfigurationError(path, 'must be an absolute path');
  }
  return value;
};

export const flag: Reader<boolean> = (value, path) => {
  if (typeof value !== 'boolean') throw new ConfigurationError(path, 'must be true or false');
  return value;
};

export function wholeNumber(min: number, max = Number.MAX_SAFE_INTEGER): Reader<number> {
  return (value, path) => {
    if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value;
    throw new ConfigurationError(path, `must be a whole number from ${min} to ${max}`);
  };
}

/** A number that need not be whole, such as a price. */
export function quantity(min: number, max = Number.MAX_VALUE): Reader<number> {
  const wanted = max === Number.MAX_VALUE ? `of at least ${min}` : `from ${min} to ${max}`;
  return (value, path) => {
    if (typeof value === 'number' && value >= min && value <= max) return value;
    throw new ConfigurationError(path, `must be a number ${wanted}`);
  };
}

export function oneOf<T extends string>(...words: readonly T[]): Reader<T> {
  return (value, path) => {
    if (words.includes(value as T)) return value as T;
    throw new ConfigurationError(path, `must be one of ${words.join(', ')}`);
  };
}

export function listOf<T>(read: Reader<T>): Reader<readonly T[]> {
  return (value, path) => {
    if (!Array.isArray(value)) throw new ConfigurationError(path, 'must be a list');
    return value.map((item, index) => read(item, `${path}[${index}]`));
  };
}

/** A mapping with any names. */
export function mapOf<T>(read: Reader<T>): Reader<Readonly<Record<string, T>>> {
  return (value, path) =>
    Object.fromEntries(
      Object.entries(asMapping(value, path)).map(([name, item]) => [name, read(item, `${path}.${name}`)]),
    );
}

/** May be left out: `fallback` then. */
export function optional<T>(read: Reader<T>, fallback: T): Reader<T>;
export function optional<T>(read: Reader<T>): Reader<T | undefined>;
export function optional<T>(read: Reader<T>, fallback?: T): Reader<T | undefined> {
  return (value, path) => (value === undefined || value === null ? fallback : read(value, path));
}

/** A mapping with these names and no others: a misspelt name must not be passed over. */
export function mapping<T extends object>(readers: { readonly [K in keyof T]-?: Reader<T[K]> }): Reader<T> {
  return (value, path) => {
    const given = asMapping(value ?? {}, path);
    for (const name of Object.keys(given)) {
      if (Object.hasOwn(readers, name)) continue;
      const known = Object.keys(readers).join(', ');
      throw new ConfigurationError(path, `'${name}' is not known here; known are ${known}`);
    }
    const read = Object.entries(readers) as [keyof T & string, Reader<T[keyof T]>][];
    return Object.fromEntries(
      read.map(([name, reader]) => [name, reader(given[name], path === '' ? name : `${path}.${name}`)]),
    ) as T;
  };
}

function asMapping(value: unknown, path: string): Record<string, unknown> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw new ConfigurationError(path, 'must be a mapping of names to values');
}
