/**
 * Policies compiled once for each text, and kept. A stored text that cannot be read any more (it was accepted by an older
 * grammar, or somebody changed it) denies everything: it may have held a Deny.
 */
import type { PolicyDocument, PolicyKind } from './document.ts';
import { parsePolicy } from './grammar.ts';
import { PolicyError } from './policy-error.ts';

/** Texts kept of each kind; the oldest goes first. A compiled policy takes a few KiB. */
const MAX_POLICIES = 20_000;

const caches: Readonly<Record<PolicyKind, Map<string, PolicyDocument>>> = {
  key: new Map(),
  identity: new Map(),
  session: new Map(),
  boundary: new Map(),
  trust: new Map(),
};

/** The policy with this text; what cannot be read denies everything to everyone. */
export function compiledPolicy(text: string, kind: PolicyKind): PolicyDocument {
  const cache = caches[kind];
  const known = cache.get(text);
  if (known !== undefined) return known;
  const compiled = compile(text, kind);
  if (cache.size >= MAX_POLICIES) cache.delete(cache.keys().next().value as string);
  cache.set(text, compiled);
  return compiled;
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
