/**
 * Turns the API models (src/aws/models/<service>.json) into TypeScript (src/aws/generated/<service>.ts): one interface
 * per structure, one string union per enum, the map of operations, and the table of shapes that the codec compiles.
 * The output depends on the models alone. `--check` writes nothing and fails when a file is out of date.
 */
import { readFileSync, readdirSync, writeFileSync, existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const AWS = join(dirname(fileURLToPath(import.meta.url)), '..', 'src', 'aws');

const SCALARS = {
  string: 'string',
  character: 'string',
  integer: 'number',
  long: 'number',
  float: 'number',
  double: 'number',
  boolean: 'boolean',
  blob: 'Buffer',
  timestamp: 'Date',
};

/** A literal in the house style: single quotes unless the text has one. */
function literal(value) {
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  if (typeof value === 'string' && !value.includes("'"))
    return `'${JSON.stringify(value).slice(1, -1).replaceAll('\\"', '"')}'`;
  if (typeof value !== 'object') return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, field]) => `${property(name)}: ${literal(field)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

const property = (name) => (/^[A-Za-z_]\w*$/.test(name) ? name : literal(name));

const typeName = (name) => name.charAt(0).toUpperCase() + name.slice(1);

/** The TypeScript type of a reference to a shape: structures and enums by name, everything else spelt out. */
function typeOf(model, name) {
  const shape = model.shapes[name];
  if (shape === undefined) throw new Error(`the model names the shape ${name} but does not have it`);
  if (shape.type === 'structure' || shape.enum !== undefined) return typeName(name);
  if (shape.type === 'list') {
    const element = typeOf(model, shape.member.shape);
    return `${element}[]`;
  }
  if (shape.type === 'map') return `Record<string, ${typeOf(model, shape.value.shape)}>`;
  const scalar = SCALARS[shape.type];
  if (scalar === undefined) throw new Error(`the shape ${name} has the unknown type ${shape.type}`);
  return scalar;
}

function structureType(model, name, shape) {
  const members = Object.entries(shape.members);
  if (members.length === 0) return `export type ${typeName(name)} = Record<string, never>;\n`;
  const lines = members.map(([member, { shape: target }]) => {
    const optional = shape.required?.includes(member) ? '' : '?';
    return `  ${property(member)}${optional}: ${typeOf(model, target)};\n`;
  });
  return `export interface ${typeName(name)} {\n${lines.join('')}}\n`;
}

const enumType = (name, shape) =>
  `export type ${typeName(name)} =\n${shape.enum.map((value) => `  | ${literal(value)}`).join('\n')};\n`;

/** A shape as the tables of model.ts have it: only what coding and validation need. */
function tableShape(shape) {
  const { type, min, max, pattern, sensitive } = shape;
  const limits = { min, max, pattern, enum: shape.enum, sensitive };
  const fields =
    {
      structure: () => ({
        members: Object.fromEntries(
          Object.entries(shape.members).map(([name, member]) => [name, member.shape]),
        ),
        required: shape.required,
      }),
      list: () => ({ member: shape.member.shape, ...limits }),
      map: () => ({ key: shape.key.shape, value: shape.value.shape, ...limits }),
    }[type] ?? (() => limits);
  return Object.fromEntries(Object.entries({ type, ...fields() }).filter(([, value]) => value !== undefined));
}

/** What the wire must know of an error: its code and status in the Query protocol, its message member. */
function tableError(shape) {
  const { code, httpStatusCode } = shape.error ?? {};
  const message = Object.keys(shape.members).find((member) => member.toLowerCase() === 'message');
  const fields = { code, status: httpStatusCode, fault: shape.fault, message };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
}

function table(name, entries) {
  const lines = entries.map(([key, value]) => `    ${property(key)}: ${literal(value)},\n`);
  return `  ${name}: {\n${lines.join('')}  },\n`;
}

function generate(service, model) {
  const shapes = Object.entries(model.shapes);
  const data = shapes.filter(([, shape]) => !shape.exception);
  const errors = shapes.filter(([, shape]) => shape.exception);
  const operations = Object.entries(model.operations);
  const union = typeName(service);

  const types = data
    .filter(([, shape]) => shape.type === 'structure' || shape.enum !== undefined)
    .map(([name, shape]) => (shape.enum ? enumType(name, shape) : structureType(model, name, shape)));
  const operationTypes = operations.map(([name, { input, output }]) => {
    const sides = [input, output].map((side) => (side === undefined ? 'undefined' : typeName(side)));
    return `  ${name}: { input: ${sides[0]}; output: ${sides[1]} };\n`;
  });
  const operationTable = operations.map(([name, { input, output, resultWrapper, errors: codes = [] }]) => {
    const fields = { input, output, resultWrapper, errors: codes };
    return [name, Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))];
  });

  return [
    `// Generated from src/aws/models/${service}.json by scripts/generate-api.mjs (npm run generate). Do not edit.\n`,
    `import type { ServiceModel } from '../model.ts';\n\n`,
    types.join('\n'),
    `\n/** Operations with their input and output; undefined where the model has none. */\n`,
    `export interface ${union}Operations {\n${operationTypes.join('')}}\n`,
    `\nexport type ${union}ErrorCode =\n${errors.map(([name]) => `  | ${literal(name)}`).join('\n')};\n`,
    `\nexport const ${service}: ServiceModel = {\n`,
    `  metadata: ${literal(model.metadata)},\n`,
    table('operations', operationTable),
    table(
      'errors',
      errors.map(([name, shape]) => [name, tableError(shape)]),
    ),
    table(
      'shapes',
      data.map(([name, shape]) => [name, tableShape(shape)]),
    ),
    `};\n`,
  ].join('');
}

let outdated = 0;
for (const file of readdirSync(join(AWS, 'models'))
  .filter((name) => name.endsWith('.json'))
  .sort()) {
  const service = basename(file, '.json');
  const text = generate(service, JSON.parse(readFileSync(join(AWS, 'models', file), 'utf8')));
  const target = join(AWS, 'generated', `${service}.ts`);
  if (existsSync(target) && readFileSync(target, 'utf8') === text) continue;
  if (process.argv.includes('--check')) {
    outdated += 1;
    process.stderr.write(`${target} is out of date: run npm run generate\n`);
  } else {
    writeFileSync(target, text);
    process.stdout.write(`${target}\n`);
  }
}
process.exitCode = outdated === 0 ? 0 : 1;
