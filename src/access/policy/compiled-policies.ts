/**
 * Policies compiled once for each text, and kept. A stored text that cannot be read any more (it was accepted by an older
 * grammar, or somebody changed it) denies everything: it may have held a Deny.
 */
import type { PolicyDocument, PolicyKind } from './document.ts';
import { parsePolicy } from './grammar.ts';
import { PolicyError } from './policy-error.ts';

/** Bytes that compiled policies of each kind may take, about; the oldest goes first. */
const MAX_BYTES = 32 * 1024 * 1024;

/** What compiled policies take, in bytes: measured with Node.js 20. Most values take less, those of ARN operators up to twice that. */
const BYTES = { statement: 800, value: 800, key: 100, character: 8 } as const;

class Compiled {
  readonly #kind: PolicyKind;
  readonly #byText = new Map<string, PolicyDocument>();
  #bytes = 0;
  /** What is to be forgotten, while something is compiled in passing. */
  #passing: Map<string, PolicyDocument> | undefined;

  constructor(kind: PolicyKind) {
    this.#kind = kind;
  }

  get(text: string): PolicyDocument {
    const known = this.#byText.get(text) ?? this.#passing?.get(text);
    if (known !== undefined) return known;
    const compiled = compile(text, this.#kind);
    if (this.#passing === undefined) this.#keep(text, compiled);
    else this.#passing.set(text, compiled);
    return compiled;
  }

  inPassing(passing: boolean): void {
    this.#passing = passing ? new Map() : undefined;
  }

  #keep(text: string, compiled: PolicyDocument): void {
    this.#byText.set(text, compiled);
    this.#bytes += bytesOf(text, compiled);
    for (const [oldest, document] of this.#byText) {
      if (this.#bytes <= MAX_BYTES) break;
      this.#byText.delete(oldest);
      this.#bytes -= bytesOf(oldest, document);
    }
  }
}

/** Values are compiled to objects and functions of their own: a short one may take a hundred times its text. */
function bytesOf(text: string, { statements }: PolicyDocument): number {
  let bytes = text.length;
  const add = (value: string): void => {
    bytes += BYTES.value + value.length * BYTES.character;
  };
  for (const { principals, actions, resources, conditions } of statements) {
    bytes += BYTES.statement + (resources?.keys.length ?? 0) * BYTES.key;
    for (const { name } of principals?.written ?? []) add(name);
    for (const action of actions?.written ?? []) add(action);
    for (const resource of resources?.written ?? []) add(resource);
    for (const { key, keys, values } of conditions) {
      add(key);
      for (const value of values) add(value);
      bytes += keys.length * BYTES.key;
    }
  }
  return bytes;
}

const kept: Readonly<Record<PolicyKind, Compiled>> = {
  key: new Compiled('key'),
  identity: new Compiled('identity'),
  session: new Compiled('session'),
  boundary: new Compiled('boundary'),
  trust: new Compiled('trust'),
};

/** The policy with this text; what cannot be read denies everything to everyone. */
export function compiledPolicy(text: string, kind: PolicyKind): PolicyDocument {
  return kept[kind].get(text);
}

/**
 * Does `work`, which awaits nothing. Policies that it is the first to ask for are forgotten afterwards: they may come with a
 * single request, and would drive out those that decide about all others.
 */
export function compiledInPassing<T>(work: () => T): T {
  const all = Object.values(kept);
  for (const compiled of all) compiled.inPassing(true);
  try {
    return work();
  } finally {
    for (const compiled of all) compiled.inPassing(false);
  }
}

function compile(text: string, kind: PolicyKind): PolicyDocument {
  try {
    return parsePolicy(text, kind);
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    return denyingEverything(kind, error);
  }
}

const BEGINNING = { line: 1, column: 1 };

function denyingEverything(kind: PolicyKind, { position }: PolicyError): PolicyDocument {
  const always = (): boolean => true;
  return {
    kind,
    version: '2012-10-17',
    keys: new Set(),
    statements: [
      {
        index: 0,
        sid: UNREADABLE,
        effect: 'Deny',
        at: position ?? BEGINNING,
        until: position ?? BEGINNING,
        principals: undefined,
        actions: { negated: false, written: ['*'], matches: always },
        resources: { negated: false, written: ['*'], keys: [], matches: always },
        conditions: [],
      },
    ],
  };
}

/** What explanations call the statement that stands for a policy that cannot be read. */
export const UNREADABLE = '(the policy cannot be read)';
