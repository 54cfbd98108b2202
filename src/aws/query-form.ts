/**
 * `application/x-www-form-urlencoded` as the AWS Query protocol uses it: names with dots make a tree, `member.N` a list,
 * `entry.N.key` and `entry.N.value` a map. Stricter than AWS: no name twice, no name that is both a value and a tree, no
 * gaps in lists, no invalid UTF-8, so that a request has one reading only. AWS: "Query API requests" (IAM user guide).
 */
import { ApiError } from './errors.ts';
import type { ScalarShape, ServiceModel, StructureShape } from './model.ts';

/** Text, or named parts. */
export type FormNode = string | Map<string, FormNode>;

export const MAX_FORM_DEPTH = 16;
/** More names than this no request of the models has: 50 tags, lists of ARNs, policies. */
const MAX_NAMES = 4_096;

const malformed = (message: string): ApiError => new ApiError('MalformedQueryStringException', message);

/** What no XML document can carry, and so no answer could give back (XML 1.0 section 2.2). */
const NOT_XML = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|\p{Surrogate}/u;

function decodeText(encoded: string): string {
  let text: string;
  try {
    text = decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    throw malformed('The query string is not UTF-8 in percent-encoding.');
  }
  if (NOT_XML.test(text)) throw malformed('The query string contains characters that are not allowed.');
  return text;
}

/**
 * The form as a flat list of names and values.
 * @throws ApiError MalformedQueryStringException
 */
export function parseForm(form: string): Map<string, string> {
  const fields = new Map<string, string>();
  if (form === '') return fields;
  if (/[^\u0021-\u007e]/.test(form)) throw malformed('The query string is not UTF-8 in percent-encoding.');
  for (const pair of form.split('&')) {
    const at = pair.indexOf('=');
    const name = decodeText(at < 0 ? pair : pair.slice(0, at));
    if (name === '') throw malformed('The query string has a value without a name.');
    if (fields.has(name)) throw malformed(`The parameter '${name}' occurs more than once.`);
    if (fields.size >= MAX_NAMES) throw malformed('The query string has too many parameters.');
    fields.set(name, decodeText(at < 0 ? '' : pair.slice(at + 1)));
  }
  return fields;
}

/** The tree that the dotted names describe. @throws ApiError MalformedQueryStringException */
export function treeOf(fields: ReadonlyMap<string, string>): Map<string, FormNode> {
  const root = new Map<string, FormNode>();
  for (const [name, value] of fields) {
    const path = name.split('.');
    const last = path.pop() as string;
    if (path.length >= MAX_FORM_DEPTH) throw malformed('The query string is nested too deeply.');
    let node = root;
    for (const part of path) {
      let next = node.get(part);
      if (next === undefined) {
        next = new Map<string, FormNode>();
        node.set(part, next);
      }
      if (typeof next === 'string') throw twoReadings(name);
      node = next;
    }
    if (node.has(last)) throw twoReadings(name);
    node.set(last, value);
  }
  return root;
}

const twoReadings = (name: string): ApiError =>
  malformed(`The parameter '${name}' is given both as a value and with parts.`);

/**
 * The tree as the values that decoder.ts reads: texts become what the shape wants; parameters that it does not know are
 * left out.
 * @throws ApiError MalformedInput for a value of the wrong type
 */
export function toValue(model: ServiceModel, shapeName: string, node: FormNode, path: string): unknown {
  const shape = model.shapes[shapeName];
  if (shape === undefined) throw new Error(`${model.metadata.serviceId} has no shape ${shapeName}`);
  switch (shape.type) {
    case 'structure':
      return structureValue(model, shape, parts(node, path), path);
    case 'list':
      return numbered(node, 'member', path).map(([item, itemPath]) =>
        toValue(model, shape.member, item, itemPath),
      );
    case 'map':
      return mapValue(model, shape.key, shape.value, node, path);
    default:
      if (typeof node !== 'string') throw wrongType(path);
      return scalarValue(shape, node, path);
  }
}

function structureValue(
  model: ServiceModel,
  shape: StructureShape,
  node: ReadonlyMap<string, FormNode>,
  path: string,
): Record<string, unknown> {
  const value = Object.create(null) as Record<string, unknown>;
  for (const [name, target] of Object.entries(shape.members)) {
    const member = node.get(name);
    if (member !== undefined) value[name] = toValue(model, target, member, join(path, name));
  }
  return value;
}

function mapValue(
  model: ServiceModel,
  keyShape: string,
  valueShape: string,
  node: FormNode,
  path: string,
): Record<string, unknown> {
  const map = Object.create(null) as Record<string, unknown>;
  for (const [entry, entryPath] of numbered(node, 'entry', path)) {
    const pair = parts(entry, entryPath);
    const key = toValue(model, keyShape, pair.get('key') ?? '', join(entryPath, 'key'));
    if (typeof key !== 'string' || key in map) throw malformed(`'${entryPath}.key' occurs more than once.`);
    map[key] = toValue(model, valueShape, pair.get('value') ?? '', join(entryPath, 'value'));
  }
  return map;
}

/** Elements 1 to n with their paths; the empty text is the empty list, as clients write it. */
function numbered(node: FormNode, word: 'member' | 'entry', path: string): [FormNode, string][] {
  if (node === '') return [];
  const holder = parts(node, path);
  const elements = parts(holder.get(word) ?? new Map<string, FormNode>(), path);
  if (holder.size > 1 || !holder.has(word)) throw wrongType(path);
  return Array.from({ length: elements.size }, (_, index) => {
    const element = elements.get(String(index + 1));
    const elementPath = `${path}.${word}.${index + 1}`;
    if (element === undefined) throw malformed(`'${elementPath}' is missing.`);
    return [element, elementPath];
  });
}

function parts(node: FormNode, path: string): Map<string, FormNode> {
  if (typeof node !== 'string') return node;
  throw wrongType(path);
}

const BOOLEANS = new Map([
  ['true', true],
  ['false', false],
]);

function scalarValue({ type }: ScalarShape, text: string, path: string): string | number | boolean {
  switch (type) {
    case 'string':
    case 'blob':
      return text;
    case 'boolean': {
      const value = BOOLEANS.get(text.toLowerCase());
      if (value === undefined) throw wrongType(path);
      return value;
    }
    case 'timestamp': {
      const time = /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : Number.NaN;
      if (Number.isNaN(time)) throw wrongType(path);
      return time / 1000;
    }
    case 'integer':
    case 'long':
      if (!/^-?\d{1,16}$/.test(text)) throw wrongType(path);
      return Number(text);
    default:
      if (!/^-?\d+(\.\d+)?([eE][+-]?\d+)?$/.test(text)) throw wrongType(path);
      return Number(text);
  }
}

const wrongType = (path: string): ApiError =>
  new ApiError('MalformedInput', `The value of '${path}' has not the right form.`);

const join = (path: string, name: string): string => (path === '' ? name : `${path}.${name}`);
