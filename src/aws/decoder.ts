/**
 * Compiles the shapes of a model into functions that turn parsed JSON into typed values. One pass does both: a wrong type
 * throws SerializationException at once, a broken constraint is noted and the pass goes on, so that a wrong type anywhere
 * comes before all constraints and the client hears of every constraint in one answer, as from AWS.
 */
import { NOT_NULL, lengthConstraints, type Violations } from './constraints.ts';
import { serializationError } from './errors.ts';
import { countMembers } from './json-text.ts';
import type { ListShape, MapShape, ScalarShape, ServiceModel, StructureShape } from './model.ts';
import { scalarOf, type Scalar } from './scalars.ts';

export interface Decoding {
  readonly violations: Violations;
  /** Members found so far in all objects; json-text.ts says why. */
  members: number;
}

/** @param parent path of the value that holds this one, '' at the top; the path is joined only when it is needed */
export type Decode = (raw: unknown, parent: string, name: string, decoding: Decoding) => unknown;

interface Decoder {
  readonly decode: Decode;
  /** Values that are checked alone, so that lists and maps can name their constraints for all elements. */
  readonly scalar?: Scalar;
}

const join = (parent: string, name: string): string => (parent === '' ? name : `${parent}.${name}`);

/** Members are named in lower camel case by AWS's messages: only the first letter changes. */
const messageName = (member: string): string => member.charAt(0).toLowerCase() + member.slice(1);

function scalarDecoder(shape: ScalarShape): Decoder {
  const scalar = scalarOf(shape);
  return {
    scalar,
    decode(raw, parent, name, { violations }) {
      const value = scalar.read(raw);
      for (const constraint of scalar.constraints) {
        if (!constraint.holds(value)) violations.add(join(parent, name), scalar.show(value), constraint.text);
      }
      return value;
    },
  };
}

/** What a list or map says of elements that break their limits: all limits at once, after the whole value. */
function elementText(scalar: Scalar | undefined): string {
  const texts = scalar?.constraints.map(({ text }) => text) ?? [];
  return `Member must satisfy constraint: [${(texts.length === 0 ? [NOT_NULL] : texts).join(', ')}]`;
}

const holdsAll = ({ constraints }: Scalar, value: unknown): boolean =>
  constraints.every((constraint) => constraint.holds(value));

/** The list as messages show it; undefined when an element must not be shown or has parts. */
function showList(scalar: Scalar | undefined, values: readonly unknown[]): string | undefined {
  if (scalar === undefined) return undefined;
  const shown = values.map((value) => (value === null ? 'null' : scalar.show(value)));
  return shown.includes(undefined) ? undefined : `[${shown.join(', ')}]`;
}

function listDecoder(shape: ListShape, element: () => Decoder): Decoder {
  const limits = lengthConstraints(shape);
  return {
    decode(raw, parent, name, decoding) {
      if (!Array.isArray(raw)) throw notContainer(raw, 'list');
      const { decode, scalar } = element();
      const { violations } = decoding;
      const path = join(parent, name);
      let allHold = true;
      const list = raw.map((item: unknown, index): unknown => {
        if (scalar !== undefined) {
          const value = item === null ? null : scalar.read(item);
          allHold &&= item !== null && holdsAll(scalar, value);
          return value;
        }
        if (item !== null) return decode(item, `${path}.${index + 1}`, 'member', decoding);
        violations.add(`${path}.${index + 1}.member`, null, NOT_NULL);
        return item;
      });
      for (const { text, holds } of limits) {
        if (!holds(list.length)) violations.add(path, showList(scalar, list), text);
      }
      if (!allHold && scalar !== undefined) violations.add(path, showList(scalar, list), elementText(scalar));
      return list;
    },
  };
}

/** The result has no prototype: a client chooses its names (`__proto__`, `constructor`). */
function mapDecoder(shape: MapShape, keyOf: () => Decoder, valueOf: () => Decoder): Decoder {
  const limits = lengthConstraints(shape);
  return {
    decode(raw, parent, name, decoding) {
      if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) throw notContainer(raw, 'map');
      const { decode, scalar } = valueOf();
      const key = keyOf().scalar;
      const { violations } = decoding;
      const map = Object.create(null) as Record<string, unknown>;
      let keysHold = true;
      let valuesHold = true;
      const names = Object.keys(raw);
      decoding.members += names.length;
      for (const entry of names) {
        const item = (raw as Record<string, unknown>)[entry];
        if (key !== undefined) keysHold &&= holdsAll(key, entry);
        if (item === null) {
          valuesHold = false;
        } else if (scalar !== undefined) {
          const value = scalar.read(item);
          valuesHold &&= holdsAll(scalar, value);
          map[entry] = value;
        } else {
          map[entry] = decode(item, join(parent, name), entry, decoding);
        }
      }
      for (const { text, holds } of limits) {
        if (!holds(names.length)) violations.add(join(parent, name), undefined, text);
      }
      if (!keysHold && key !== undefined)
        violations.add(join(parent, name), showList(key, names), elementText(key));
      if (!valuesHold) violations.add(join(parent, name), undefined, elementText(scalar));
      return map;
    },
  };
}

function notContainer(raw: unknown, wanted: 'list' | 'map'): Error {
  if (Array.isArray(raw)) return serializationError('Start of list found where not expected');
  if (typeof raw === 'object')
    return serializationError('Start of structure or map found where not expected');
  return serializationError(
    wanted === 'list' ? 'Expected list or null' : 'Expected start of structure or map',
  );
}

/** Members in the model's order; null is absent; members that the model does not know are passed over. */
function structureDecoder(shape: StructureShape, decoderOf: (shape: string) => () => Decoder): Decoder {
  const members = Object.entries(shape.members).map(([name, target]) => ({
    name,
    shown: messageName(name),
    decoder: decoderOf(target),
    required: shape.required?.includes(name) ?? false,
  }));
  const known = new Set(Object.keys(shape.members));
  return {
    decode(raw, parent, name, decoding) {
      if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) throw notContainer(raw, 'map');
      const path = parent === '' ? name : join(parent, name);
      const source = raw as Record<string, unknown>;
      const names = Object.keys(source);
      decoding.members += names.length;
      const structure: Record<string, unknown> = {};
      let found = 0;
      for (const member of members) {
        const value = source[member.name];
        if (value !== undefined) found += 1;
        if (value !== undefined && value !== null) {
          structure[member.name] = member.decoder().decode(value, path, member.shown, decoding);
        } else if (member.required) {
          decoding.violations.add(join(path, member.shown), null, NOT_NULL);
        }
      }
      if (found < names.length) {
        for (const other of names) if (!known.has(other)) decoding.members += countMembers(source[other]);
      }
      return structure;
    },
  };
}

/** The decoder of each shape of a service, compiled when it is first asked for. */
export function compileDecoders(model: ServiceModel): (shape: string) => Decode {
  const compiled = new Map<string, Decoder>();
  const get = (name: string): Decoder => {
    const kept = compiled.get(name);
    if (kept !== undefined) return kept;
    const decoder = compile(name);
    compiled.set(name, decoder);
    return decoder;
  };
  // Shapes may hold themselves, so a reference is followed when it is first used.
  const later = (name: string): (() => Decoder) => {
    let decoder: Decoder | undefined;
    return () => (decoder ??= get(name));
  };
  const compile = (name: string): Decoder => {
    const shape = model.shapes[name];
    if (shape === undefined) throw new Error(`${model.metadata.serviceId} has no shape ${name}`);
    if (shape.type === 'structure') return structureDecoder(shape, later);
    if (shape.type === 'list') return listDecoder(shape, later(shape.member));
    if (shape.type === 'map') return mapDecoder(shape, later(shape.key), later(shape.value));
    return scalarDecoder(shape);
  };
  return (name) => get(name).decode;
}
