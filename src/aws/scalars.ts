/** Values without parts: how each is read from JSON, and the limits of what was read. */
import { lengthConstraints, rangeConstraints, stringConstraints, type Constraint } from './constraints.ts';
import { serializationError } from './errors.ts';
import type { ScalarShape } from './model.ts';

/** Methods, so that T may be forgotten. */
export interface Scalar<T = unknown> {
  read(raw: unknown): T;
  readonly constraints: readonly Constraint<T>[];
  /** The value as messages show it; undefined when they must not. */
  show(value: T): string | undefined;
}

const WANTED = {
  string: 'a String',
  boolean: 'a Boolean',
  integer: 'an Integer',
  long: 'a Long',
  float: 'a Float',
  double: 'a Double',
  blob: 'a ByteBuffer',
  timestamp: 'milliseconds since epoch',
} satisfies Record<ScalarShape['type'], string>;

function wrongType(raw: unknown, type: ScalarShape['type']): Error {
  if (Array.isArray(raw)) return serializationError('Start of list found where not expected');
  if (typeof raw === 'object')
    return serializationError('Start of structure or map found where not expected');
  const token = typeof raw === 'boolean' ? String(raw).toUpperCase() : (typeof raw).toUpperCase();
  return serializationError(`${token}_VALUE can not be converted to ${WANTED[type]}`);
}

const MAX_INTEGER = 2 ** 31 - 1;

/**
 * RFC 4648 section 4, canonical: right padding, no other characters, no stray bits. Node's decoder passes over junk, and
 * then two texts would be one blob. Sensitive blobs get memory of their own, which their user can wipe.
 */
function readBlob(raw: unknown, sensitive: boolean): Buffer {
  if (typeof raw !== 'string') throw wrongType(raw, 'blob');
  let bytes: Buffer;
  if (sensitive) {
    bytes = Buffer.allocUnsafeSlow(Math.ceil((raw.length * 3) / 4));
    bytes = bytes.subarray(0, bytes.write(raw, 'base64'));
  } else {
    bytes = Buffer.from(raw, 'base64');
  }
  if (bytes.toString('base64') !== raw) throw serializationError('Value is not valid base64');
  return bytes;
}

function readTimestamp(raw: unknown): Date {
  if (typeof raw !== 'number') throw wrongType(raw, 'timestamp');
  const date = new Date(Math.round(raw * 1000));
  if (Number.isNaN(date.getTime())) throw wrongType(raw, 'timestamp');
  return date;
}

const NUMBER_TYPES: Partial<Record<ScalarShape['type'], (value: number) => boolean>> = {
  integer: (value) => Number.isInteger(value) && Math.abs(value) <= MAX_INTEGER,
  long: Number.isSafeInteger,
  float: Number.isFinite,
  double: Number.isFinite,
};

function numberScalar(shape: ScalarShape): Scalar<number> {
  const fits = NUMBER_TYPES[shape.type];
  return {
    read(raw) {
      if (typeof raw !== 'number' || !fits?.(raw)) throw wrongType(raw, shape.type);
      return raw;
    },
    constraints: rangeConstraints(shape),
    show: String,
  };
}

function stringScalar(shape: ScalarShape): Scalar<string> {
  return {
    read(raw) {
      if (typeof raw !== 'string') throw wrongType(raw, 'string');
      return raw;
    },
    constraints: stringConstraints(shape),
    show: (value) => (shape.sensitive ? undefined : value),
  };
}

const booleanScalar: Scalar<boolean> = {
  read(raw) {
    if (typeof raw !== 'boolean') throw wrongType(raw, 'boolean');
    return raw;
  },
  constraints: [],
  show: String,
};

const timestampScalar: Scalar<Date> = {
  read: readTimestamp,
  constraints: [],
  show: (value) => value.toISOString(),
};

function blobScalar(shape: ScalarShape): Scalar<Buffer> {
  const sensitive = shape.sensitive ?? false;
  return {
    read: (raw) => readBlob(raw, sensitive),
    constraints: lengthConstraints(shape).map(({ text, holds }) => ({
      text,
      holds: (value) => holds(value.length),
    })),
    show: () => undefined,
  };
}

export function scalarOf(shape: ScalarShape): Scalar {
  switch (shape.type) {
    case 'string':
      return stringScalar(shape);
    case 'boolean':
      return booleanScalar;
    case 'timestamp':
      return timestampScalar;
    case 'blob':
      return blobScalar(shape);
    default:
      return numberScalar(shape);
  }
}
