/** Compiles the shapes of a model into functions that write values as the Query protocol's XML. Our own values: a wrong type is a defect. */
import type { ScalarShape, ServiceModel } from './model.ts';

/** The content of an element; the element itself is written by whoever holds the value. */
type EncodeContent = (value: unknown) => string;

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
  '\r': '&#xD;', // a parser would make it a line feed (XML 1.0 section 2.11)
};

/** Characters that no XML document can hold become U+FFFD. */
export function escapeXml(text: string): string {
  return text
    .replace(/[&<>"'\r]/g, (character) => ENTITIES[character] as string)
    .replace(/[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, '\ufffd');
}

export function element(name: string, content: string): string {
  return content === '' ? `<${name}/>` : `<${name}>${content}</${name}>`;
}

const defect = (type: string, value: unknown): TypeError =>
  new TypeError(`an answer has a ${typeof value} where its model has a ${type}`);

const number: EncodeContent = (value) => {
  if (typeof value !== 'number' || !Number.isFinite(value)) throw defect('number', value);
  return String(value);
};

const SCALARS: Readonly<Record<ScalarShape['type'], EncodeContent>> = {
  string: (value) => {
    if (typeof value !== 'string') throw defect('string', value);
    return escapeXml(value);
  },
  boolean: (value) => {
    if (typeof value !== 'boolean') throw defect('boolean', value);
    return value ? 'true' : 'false';
  },
  integer: number,
  long: number,
  float: number,
  double: number,
  blob: (value) => {
    if (!Buffer.isBuffer(value)) throw defect('blob', value);
    return value.toString('base64');
  },
  /** ISO 8601 in whole seconds: `2025-11-20T20:23:46Z`. */
  timestamp: (value) => {
    if (!(value instanceof Date)) throw defect('timestamp', value);
    return `${value.toISOString().slice(0, 19)}Z`;
  },
};

/** The encoder of each shape of a service, compiled when it is first asked for. */
export function compileXmlEncoders(model: ServiceModel): (shape: string) => EncodeContent {
  const compiled = new Map<string, EncodeContent>();
  const get = (name: string): EncodeContent => {
    let encode = compiled.get(name);
    if (encode === undefined) {
      encode = compile(name);
      compiled.set(name, encode);
    }
    return encode;
  };
  const compile = (name: string): EncodeContent => {
    const shape = model.shapes[name];
    if (shape === undefined) throw new Error(`${model.metadata.serviceId} has no shape ${name}`);
    if (shape.type === 'structure') {
      const members = Object.entries(shape.members);
      return (value) => {
        if (typeof value !== 'object' || value === null) throw defect('structure', value);
        let xml = '';
        for (const [member, target] of members) {
          const part = (value as Record<string, unknown>)[member];
          if (part !== undefined) xml += element(member, get(target)(part));
        }
        return xml;
      };
    }
    if (shape.type === 'list') {
      return (value) => {
        if (!Array.isArray(value)) throw defect('list', value);
        return value.map((item) => element('member', get(shape.member)(item))).join('');
      };
    }
    if (shape.type === 'map') {
      return (value) => {
        if (typeof value !== 'object' || value === null) throw defect('map', value);
        return Object.entries(value)
          .map(([key, item]) =>
            element('entry', element('key', escapeXml(key)) + element('value', get(shape.value)(item))),
          )
          .join('');
      };
    }
    return SCALARS[shape.type];
  };
  return get;
}
