/**
 * Policies compiled once for each text, and kept. A stored text that cannot be read any more (it was accepted by an older
 * grammar, or somebody changed it) denies everything: it may have held a Deny.
 */
import type { PolicyDocument, PolicyKind } from './document.ts';
import { parsePolicy } from './grammar.ts';
import { PolicyError } from './policy-error.ts';

/** Characters of text kept of each kind, the oldest text goes first; a compiled policy takes some ten times its text. */
const MAX_CHARACTERS = 4 * 1024 * 1024;

class Compiled {
  readonly #kind: PolicyKind;
  readonly #byText = new Map<string, PolicyDocument>();
  #characters = 0;

  constructor(kind: PolicyKind) {
    this.#kind = kind;
  }

  get(text: string): PolicyDocument {
    const known = this.#byText.get(text);
    if (known !== undefined) return known;
    const compiled = compile(text, this.#kind);
    this.#byText.set(text, compiled);
    this.#characters += text.length;
    for (const oldest of this.#byText.keys()) {
      if (this.#characters <= MAX_CHARACTERS) break;
      this.#byText.delete(oldest);
      this.#characters -= oldest.length;
    }
    return compiled;
  }
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
