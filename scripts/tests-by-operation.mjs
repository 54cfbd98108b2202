/**
 * Which tests call which operation of the API: the test files are parsed, and `new <Operation>Command(…)` is looked for in
 * the body of each `it`. Commands of a table that stands beside tests count for the `describe` around them. A command in a
 * function that tests share (`const newKey = …`) counts for the tests that call it only when no test calls the operation in
 * so many words: nearly all make a key first, and few are about that.
 */
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';

/**
 * @param dir folder of the tests
 * @param operations names of the operations
 * @returns by operation, in order of file and place: where it is called
 */
export function testsByOperation(dir, operations) {
  const direct = new Map(operations.map((name) => [name, []]));
  const shared = new Map(operations.map((name) => [name, []]));
  const files = readdirSync(dir, { recursive: true })
    .filter((name) => name.endsWith('.test.ts'))
    .sort();
  for (const file of files) {
    const source = ts.createSourceFile(file, readFileSync(join(dir, file), 'utf8'), ts.ScriptTarget.Latest);
    const add = (calls, titles) => {
      const title = titles.join(': ');
      if (calls === undefined || title === '') return;
      if (!calls.some((call) => call.file === `test/${file}` && call.title === title)) {
        calls.push({ file: `test/${file}`, title });
      }
    };
    visit(source, { titles: [], inTest: false, inSetUp: false }, sharedFunctions(source), {
      direct: (operation, titles) => add(direct.get(operation), titles),
      shared: (operation, titles) => add(shared.get(operation), titles),
    });
  }
  return new Map(
    operations.map((name) => [name, direct.get(name).length > 0 ? direct.get(name) : shared.get(name)]),
  );
}

/** Operations that each named function of a file calls, by the function's name. */
function sharedFunctions(source) {
  const found = new Map();
  const collect = (node) => {
    if (isFunctionOfItsOwn(node) && node.name !== undefined && ts.isIdentifier(node.name)) {
      const operations = new Set(found.get(node.name.text));
      const gather = (inner) => {
        const operation = operationOf(inner);
        if (operation !== undefined) operations.add(operation);
        ts.forEachChild(inner, gather);
      };
      gather(node);
      found.set(node.name.text, operations);
    }
    ts.forEachChild(node, collect);
  };
  collect(source);
  return found;
}

/** `new <Operation>Command(…)`. */
function operationOf(node) {
  if (!ts.isNewExpression(node) || !ts.isIdentifier(node.expression)) return undefined;
  return /^(\w+)Command$/.exec(node.expression.text)?.[1];
}

const BLOCKS = new Set(['describe', 'it']);
const SET_UP = new Set(['before', 'after', 'beforeEach', 'afterEach']);

function visit(node, place, functions, report) {
  const block = blockOf(node);
  if (block !== undefined) {
    const inner = {
      titles: [...place.titles, block.title],
      inTest: block.kind === 'it',
      inSetUp: place.inSetUp,
    };
    node.arguments.slice(1).forEach((argument) => visit(argument, inner, functions, report));
    return;
  }
  const setsUp = !place.inTest && (isFunctionOfItsOwn(node) || isCallOf(node, SET_UP));
  const here = setsUp ? { ...place, inSetUp: true } : place;
  const operation = operationOf(node);
  if (operation !== undefined && (here.inTest || !here.inSetUp)) report.direct(operation, here.titles);
  if (here.inTest && ts.isIdentifier(node)) {
    for (const called of functions.get(node.text) ?? []) report.shared(called, here.titles);
  }
  ts.forEachChild(node, (child) => visit(child, here, functions, report));
}

/** `describe('title', …)` and `it('title', …)`; a title with values in it has `…` for them. */
function blockOf(node) {
  if (!isCallOf(node, BLOCKS)) return undefined;
  const [title] = node.arguments;
  if (title === undefined) return undefined;
  if (ts.isStringLiteralLike(title)) return { kind: node.expression.text, title: title.text };
  if (!ts.isTemplateExpression(title)) return undefined;
  const text = title.head.text + title.templateSpans.map((span) => `…${span.literal.text}`).join('');
  return { kind: node.expression.text, title: text };
}

function isCallOf(node, names) {
  return ts.isCallExpression(node) && ts.isIdentifier(node.expression) && names.has(node.expression.text);
}

/** A named function: a declaration, or a variable that holds one. */
function isFunctionOfItsOwn(node) {
  if (ts.isFunctionDeclaration(node)) return true;
  if (!ts.isVariableDeclaration(node) || node.initializer === undefined) return false;
  return ts.isArrowFunction(node.initializer) || ts.isFunctionExpression(node.initializer);
}
