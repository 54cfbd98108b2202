/** What the Simulate operations evaluate for a page, and what is too much for them. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import type { SimulatedCase } from '../../../src/access/simulation-results.ts';
import { ApiError } from '../../../src/aws/errors.ts';
import type { SimulateCustomPolicyRequest } from '../../../src/aws/generated/iam.ts';
import type { IamCall } from '../../../src/services/iam/operation.ts';
import { Principals } from '../../../src/services/iam/principals.ts';
import { simulateCustom, simulatePrincipal } from '../../../src/services/iam/simulations.ts';
import { ALLOW_ALL } from '../../stories/iam-clients.ts';

const ACCOUNT = '111122223333';

/** Cases that were evaluated, in their order. */
let evaluated: SimulatedCase[] = [];

function callOf<I>(input: I): IamCall<I> {
  const simulate = (_simulation: unknown, cases: readonly SimulatedCase[]) => {
    evaluated.push(...cases);
    return cases.map(({ action, resource }) => ({
      EvalActionName: action,
      EvalResourceName: resource,
      EvalDecision: 'implicitDeny',
    }));
  };
  const ports = { principals: new Principals(), simulate };
  return { input, caller: { accountId: ACCOUNT }, ports } as unknown as IamCall<I>;
}

function simulated(input: Partial<SimulateCustomPolicyRequest>) {
  evaluated = [];
  return simulateCustom(callOf({ PolicyInputList: [ALLOW_ALL], ActionNames: ['kms:Encrypt'], ...input }));
}

function refusal(input: Partial<SimulateCustomPolicyRequest>): string {
  try {
    simulated(input);
  } catch (error) {
    assert.ok(error instanceof ApiError);
    return error.code;
  }
  return '';
}

const numbered = (count: number, prefix: string): string[] =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}`);

/** A context key of one value. */
const contextOf = (value: string, ContextKeyName = 'aws:userid') => ({
  ContextKeyName,
  ContextKeyType: 'string' as const,
  ContextKeyValues: [value],
});

/** A policy of so many characters. */
const policyOf = (characters: number): string => ALLOW_ALL + ' '.repeat(characters - ALLOW_ALL.length);

/** All pages. @returns names of action and resource of their results, and how many each page had */
function allPages(input: Partial<SimulateCustomPolicyRequest>) {
  const names: string[] = [];
  const sizes: number[] = [];
  let page: ReturnType<typeof simulated> = {};
  do {
    page = simulated({ ...input, ...(page.Marker !== undefined && { Marker: page.Marker }) });
    const { EvaluationResults: results = [] } = page;
    assert.equal(evaluated.length, results.length);
    names.push(...results.map((result) => `${result.EvalActionName} ${result.EvalResourceName}`));
    sizes.push(results.length);
    assert.equal(page.IsTruncated, page.Marker !== undefined);
  } while (page.Marker !== undefined);
  return { names, sizes };
}

describe('a simulation', () => {
  it('evaluates what is on the page and nothing else, and all of it in the end', () => {
    const [ActionNames, ResourceArns] = [numbered(5, 'kms:A'), numbered(3, 'arn:')];
    const { names, sizes } = allPages({ ActionNames, ResourceArns, MaxItems: 4 });
    assert.deepEqual(sizes, [4, 4, 4, 3]);
    assert.deepEqual(
      names,
      ActionNames.flatMap((action) => ResourceArns.map((resource) => `${action} ${resource}`)),
    );
    simulated({ ActionNames: numbered(500, 'kms:A') });
    assert.equal(evaluated.length, 100);
  });

  it('takes a thousand pairs of action and resource, and no more', () => {
    const ActionNames = numbered(100, 'kms:A');
    simulated({ ActionNames, ResourceArns: numbered(10, 'arn:'), MaxItems: 1_000 });
    assert.equal(evaluated.length, 1_000);
    assert.equal(refusal({ ActionNames, ResourceArns: numbered(11, 'arn:') }), 'InvalidInputException');
    assert.equal(refusal({ ActionNames: numbered(1_001, 'kms:A') }), 'InvalidInputException');
    assert.deepEqual(evaluated, []);
    const PolicySourceArn = `arn:aws:iam::${ACCOUNT}:root`;
    assert.throws(
      () => simulatePrincipal(callOf({ PolicySourceArn, ActionNames: numbered(1_001, 'kms:A') })),
      ApiError,
    );
  });

  it('takes policies of 131,072 characters together, and no more', () => {
    simulated({ PolicyInputList: [policyOf(131_072)] });
    assert.equal(evaluated.length, 1);
    const PolicyInputList = [policyOf(65_536), policyOf(65_536)];
    simulated({ PolicyInputList });
    assert.equal(refusal({ PolicyInputList, ResourcePolicy: ALLOW_ALL }), 'InvalidInputException');
    assert.equal(
      refusal({ PolicyInputList, PermissionsBoundaryPolicyInputList: [ALLOW_ALL] }),
      'InvalidInputException',
    );
  });

  it('takes context values of 8,192 characters, and no longer ones but those that are grants', () => {
    simulated({ ContextEntries: [contextOf('x'.repeat(8_192))] });
    assert.equal(refusal({ ContextEntries: [contextOf('x'.repeat(8_193))] }), 'InvalidInputException');
    const grant = {
      KeyId: 'arn:key',
      GrantId: 'x'.repeat(9_000),
      GranteePrincipal: 'arn:user',
      IssuingAccount: `arn:aws:iam::${ACCOUNT}:root`,
      Operations: ['Encrypt'],
    };
    simulated({ ContextEntries: [contextOf(JSON.stringify(grant), 'claviger:Grant')] });
    assert.equal(evaluated.length, 1);
  });

  it('has fewer results on a page where each is much work, and is refused where one alone is too much', () => {
    const ActionNames = numbered(100, 'kms:A');
    const { names, sizes } = allPages({ ActionNames, PolicyInputList: [policyOf(100_000)] });
    assert.equal(new Set(names).size, 100);
    assert.ok(sizes[0] !== undefined && sizes[0] > 5 && sizes[0] < 100, String(sizes));
    const ContextEntries = numbered(20, 'aws:').map((name) => contextOf('x'.repeat(1_000), name));
    assert.equal(allPages({ ActionNames: ['kms:Encrypt'], ContextEntries }).names.length, 1);
    assert.equal(refusal({ PolicyInputList: [policyOf(100_000)], ContextEntries }), 'InvalidInputException');
  });
});
