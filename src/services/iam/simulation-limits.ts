/**
 * How much the Simulate operations may be asked for: all of it is worked out on the thread that serves everybody. AWS says
 * nothing of such limits; a page that has fewer results than it may have is AWS's own way (API_SimulatePrincipalPolicy,
 * MaxItems).
 */
import type { SimulateCustomPolicyRequest } from '../../aws/generated/iam.ts';
import type { SimulatedCase, SimulationRequest } from '../../access/simulation-results.ts';
import { invalidInput } from './errors.ts';
import { GRANTS_KEY } from './simulation.ts';

/** Actions times resources of a request. */
const MAX_CASES = 1_000;
/** Characters of all policies that a request brings together: as many as the API's model lets a single one have. */
const MAX_POLICY_CHARACTERS = 131_072;
/** Characters of a value of a condition key: as many as KMS lets an encryption context have in all. */
const MAX_VALUE_CHARACTERS = 8_192;

/** Units of work (`workOf`) of one case, and of a page of several: at the worst, measured, some 1.5 s and 0.5 s; mostly a tenth of it. */
const MAX_CASE_WORK = 2 ** 30;
const MAX_PAGE_WORK = 2 ** 28;
/** What comparing costs beside the characters that are compared. */
const VALUE_WORK = 64;

type Input = Partial<SimulateCustomPolicyRequest>;

/** @throws ApiError InvalidInputException */
export function requireModest(input: Input): void {
  const { ActionNames = [], ResourceArns = ['*'], ContextEntries = [] } = input;
  if (ActionNames.length * ResourceArns.length > MAX_CASES)
    throw invalidInput(`ActionNames times ResourceArns must be at most ${MAX_CASES}.`);
  if (lengthOf(broughtPolicies(input)) > MAX_POLICY_CHARACTERS)
    throw invalidInput(`The policies must have at most ${MAX_POLICY_CHARACTERS} characters together.`);
  for (const { ContextKeyName, ContextKeyValues = [] } of ContextEntries) {
    if (ContextKeyName === GRANTS_KEY) continue;
    if (ContextKeyValues.some((value) => value.length > MAX_VALUE_CHARACTERS))
      throw invalidInput(`A value of ${ContextKeyName} has more than ${MAX_VALUE_CHARACTERS} characters.`);
  }
}

function broughtPolicies(input: Input): string[] {
  const { PolicyInputList = [], PermissionsBoundaryPolicyInputList = [], ResourcePolicy } = input;
  return [...PolicyInputList, ...PermissionsBoundaryPolicyInputList, ResourcePolicy ?? ''];
}

/**
 * How many cases a page may have: at least one.
 * @throws ApiError InvalidInputException when one alone is too much work
 */
export function casesOfPage(simulation: SimulationRequest, cases: readonly SimulatedCase[]): number {
  const work = workOf(simulation, cases);
  if (work > MAX_CASE_WORK)
    throw invalidInput('The policies are too long to be simulated with so many or so long context values.');
  return Math.max(1, Math.floor(MAX_PAGE_WORK / work));
}

/** Of the dearest case: every character of a policy may be compared with every one of what it asks about. */
function workOf(simulation: SimulationRequest, cases: readonly SimulatedCase[]): number {
  const { policies, boundaries, resourcePolicy = '', context, grants } = simulation;
  const documents = [...policies.policies, ...(policies.boundary === undefined ? [] : [policies.boundary])];
  const compared = [
    longest(cases.map(({ action }) => action)),
    longest(cases.map(({ resource }) => resource)),
    ...context.flatMap(({ ContextKeyValues = [] }) => ContextKeyValues),
  ];
  const policyCharacters = lengthOf([
    ...documents.map(({ document }) => document),
    ...boundaries,
    resourcePolicy,
  ]);
  return (policyCharacters + grants.length) * (lengthOf(compared) + compared.length * VALUE_WORK);
}

const lengthOf = (texts: readonly string[]): number => texts.reduce((sum, { length }) => sum + length, 0);

function longest(texts: readonly string[]): string {
  return texts.reduce((most, text) => (text.length > most.length ? text : most), '');
}
