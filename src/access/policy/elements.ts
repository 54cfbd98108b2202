/** The elements Action, NotAction, Resource and NotResource, compiled. AWS: "IAM JSON policy elements". */
import { EMPTY_CONTEXT } from '../context.ts';
import type { Effect } from './conditions.ts';
import type { ActionElement, PolicyKind, ResourceElement } from './document.ts';
import type { Position } from './json-tree.ts';
import { PolicyError } from './policy-error.ts';
import { compileTemplate } from './variables.ts';
import { compilePattern, patternPieces } from './wildcards.ts';
import type { TextMatcher } from './wildcards.ts';

export interface WrittenText {
  readonly text: string;
  readonly at: Position;
  readonly start: number;
  readonly end: number;
}

const ACTION = /^(?:\*(?::\*)?|[A-Za-z0-9-]+:[A-Za-z0-9*?]+)$/;
const TRUST_ACTION = /^sts:(?:[A-Za-z*?]+)$/i;

/** @throws PolicyError */
export function compileActions(
  negated: boolean,
  texts: readonly WrittenText[],
  kind: PolicyKind,
): ActionElement {
  const exact = new Set<string>();
  const patterns: TextMatcher[] = [];
  for (const { text, at } of texts) {
    if (!ACTION.test(text)) {
      throw new PolicyError(
        'Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc.',
        at,
        `"${text}" is no action`,
      );
    }
    if (kind === 'trust' && !TRUST_ACTION.test(text)) {
      throw new PolicyError('AssumeRole policy may only specify STS AssumeRole actions.', at);
    }
    const folded = text.toLowerCase();
    if (/[*?]/.test(folded)) patterns.push(compilePattern(patternPieces(folded)));
    else exact.add(folded);
  }
  const listed = (action: string): boolean =>
    exact.has(action) || patterns.some((matches) => matches(action));
  return {
    negated,
    written: texts.map(({ text }) => text),
    matches: negated ? (action) => !listed(action) : listed,
  };
}

/**
 * Where a variable has no value in a request, it is not known what is listed: NotResource then gives no rights, and takes
 * them.
 * @throws PolicyError
 */
export function compileResources(
  negated: boolean,
  texts: readonly WrittenText[],
  { kind, effect, variables }: { kind: PolicyKind; effect: Effect; variables: boolean },
): ResourceElement {
  for (const { text, at } of texts) {
    if (kind !== 'key' && !/^(?:\*|arn:|\$\{)/.test(text)) {
      throw new PolicyError(`Resource ${text} must be in ARN format or "*".`, at);
    }
  }
  const templates = texts.map(({ text, at }) => compileTemplate(text, { wildcards: true, variables, at }));
  const fixed = templates
    .filter(({ keys }) => keys.length === 0)
    .map((template) => compilePattern(template.resolve(EMPTY_CONTEXT) ?? []));
  const varying = templates.filter(({ keys }) => keys.length > 0);
  return {
    negated,
    written: texts.map(({ text }) => text),
    keys: varying.flatMap(({ keys }) => keys),
    matches: (resource, context) => {
      if (fixed.some((matches) => matches(resource))) return !negated;
      let known = true;
      for (const template of varying) {
        const pieces = template.resolve(context);
        if (pieces === undefined) known = false;
        else if (compilePattern(pieces)(resource)) return !negated;
      }
      return negated && (known || effect === 'Deny');
    },
  };
}
