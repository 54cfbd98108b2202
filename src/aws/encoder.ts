/** Compiles the shapes of a model into functions that write values as JSON 1.1. Our own values: a wrong type is a defect. */
import type { ScalarShape, ServiceModel } from './model.ts';

type Encode = (value: unknown) => string;

function defect(type: string, value: unknown): TypeError {
  return new TypeError(`an answer has a ${typeof value} where its model has a ${type}`);
}

function encodeNumber(value: unknown): string {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw defect('number', value);
  return String(value);
}

const SCALARS: Record<ScalarShape['type'], Encode> = {
  string: (value) => {
    if (typeof value !== 'string') throw defect('string', value);
    return JSON.stringify(value);
  },
  boolean: (value) => {
    if (typeof value !== 'boolean') throw defect('boolean', value);
    return value ? 'true' : 'false';
  },
  integer: encodeNumber,
  long: encodeNumber,
  float: encodeNumber,
  double: encodeNumber,
  blob: (value) => {
    if (!Buffer.isBuffer(value)) throw defect('blob', value);
    return `"${value.toString('base64')}"`;
  },
  /** Epoch seconds, with milliseconds where there are any. */
  timestamp: (value) => {
    if (!(value instanceof Date)) throw defect('timestamp', value);
    return encodeNumber(value.getTime() / 1000);
  },
};

function structureEncoder(members: readonly { name: string; key: string; encode: () => Encode }[]): Encode {
  return (value) => {
    if (typeof value !== 'object' || value === null) throw defect('structure', value);
    let text = '';
    for (const { name, key, encode } of members) {
      const member = (value as Record<string, unknown>)[name];
      if (member === undefined) continue;
      text += (text === '' ? key : `,${key}`) + encode()(member);
    }
    return `{${text}}`;
  };
}

/** The encoder of each shape of a service, compiled when it is first asked for. */
export function compileEncoders(model: ServiceModel): (shape: string) => Encode {
  const compiled = new Map<string, Encode>();
  const get = (name: string): Encode => {
    const kept = compiled.get(name);
    if (kept !== undefined) return kept;
    const encode = compile(name);
    compiled.set(name, encode);
    return encode;
  };
  const later = (name: string): (() => Encode) => {
    let encode: Encode | undefined;
    return () => (encode ??= get(name));
  };
  const compile = (name: string): Encode => {
    const shape = model.shapes[name];
    if (shape === undefined) throw new Error(`${model.metadata.serviceId} has no shape ${name}`);
    if (shape.type === 'structure') {
      const members = Object.entries(shape.members);
      return structureEncoder(
        members.map(([member, target]) => ({
          name: member,
          key: `${JSON.stringify(member)}:`,
          encode: later(target),
        })),
      );
    }
    if (shape.type === 'list') {
      const element = later(shape.member);
      return (value) => {
        if (!Array.isArray(value)) throw defect('list', value);
        return `[${value.map(element()).join(',')}]`;
      };
    }
    if (shape.type === 'map') {
      const element = later(shape.value);
      return (value) => {
        if (typeof value !== 'object' || value === null) throw defect('map', value);
        const pairs = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${element()(item)}`);
        return `{${pairs.join(',')}}`;
      };
    }
    return SCALARS[shape.type];
  };
  return get;
}
