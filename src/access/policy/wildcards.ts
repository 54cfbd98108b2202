/** Texts with `*` (any run of characters) and `?` (any one), compiled once. AWS: "IAM JSON policy elements: Resource". */

export type TextMatcher = (text: string) => boolean;

/** One piece of a pattern: text that stands for itself, or a wildcard. */
export type PatternPiece = string | typeof ANY_RUN | typeof ANY_ONE;
export const ANY_RUN = Symbol('*');
export const ANY_ONE = Symbol('?');

/** The pieces of a pattern in which every `*` and `?` is a wildcard. */
export function patternPieces(pattern: string): PatternPiece[] {
  const pieces: PatternPiece[] = [];
  for (const part of pattern.split(/([*?])/)) {
    if (part === '*') pieces.push(ANY_RUN);
    else if (part === '?') pieces.push(ANY_ONE);
    else if (part !== '') pieces.push(part);
  }
  return pieces;
}

/** The pattern as it would be written. */
export function patternText(pieces: readonly PatternPiece[]): string {
  return pieces.map((piece) => (typeof piece === 'string' ? piece : (piece.description ?? ''))).join('');
}

const anything: TextMatcher = () => true;

/** Case-sensitive, over the whole text. */
export function compilePattern(pieces: readonly PatternPiece[]): TextMatcher {
  const [first, second] = pieces;
  if (first === undefined) return (text) => text === '';
  if (pieces.length === 1 && first === ANY_RUN) return anything;
  if (pieces.length === 1 && typeof first === 'string') return (text) => text === first;
  if (pieces.length === 2 && typeof first === 'string' && second === ANY_RUN) {
    return (text) => text.startsWith(first);
  }
  return compileGlob(pieces);
}

/** Characters that patterns may compare in vain within one decision: some 5 ms. Policies that mean well need a few hundred. */
export const VAIN_COMPARISONS = 2_000_000;

let comparisonsLeft = VAIN_COMPARISONS;

/** Patterns were compared with texts for so long that the decision is given up. */
export class MatchingTooCostly extends Error {
  override readonly name = 'MatchingTooCostly';
}

/** Begins a decision: what other ones used up does not count against it. */
export function beginMatching(): void {
  comparisonsLeft = VAIN_COMPARISONS;
}

/** Counts work of a decision as so many characters that were compared in vain. @throws MatchingTooCostly */
export function countComparisons(comparisons: number): void {
  comparisonsLeft -= comparisons;
  if (comparisonsLeft < 0) throw new MatchingTooCostly();
}

/**
 * Greedy with one step back to the last `*`: time is bounded by text × pattern, unlike that of a regular expression with
 * many wildcards. Both may be long and made for it, and policies have many patterns; hence the bound on all of a decision.
 */
function compileGlob(pieces: readonly PatternPiece[]): TextMatcher {
  const units: (number | typeof ANY_RUN | typeof ANY_ONE)[] = [];
  for (const piece of pieces) {
    if (typeof piece !== 'string') units.push(piece);
    else for (let i = 0; i < piece.length; i += 1) units.push(piece.charCodeAt(i));
  }
  return (text) => {
    let at = 0;
    let unit = 0;
    let retryUnit = -1;
    let retryAt = 0;
    while (at < text.length) {
      const wanted = units[unit];
      if (wanted === ANY_RUN) {
        unit += 1;
        retryUnit = unit;
        retryAt = at;
      } else if (wanted !== undefined && (wanted === ANY_ONE || wanted === text.charCodeAt(at))) {
        unit += 1;
        at += 1;
      } else if (retryUnit >= 0) {
        countComparisons(at - retryAt + 1); // the one that failed counts too: it may be all that there was
        unit = retryUnit;
        retryAt += 1;
        at = retryAt;
      } else return false;
    }
    while (units[unit] === ANY_RUN) unit += 1;
    return unit === units.length;
  };
}
