/** From the requests of the two Simulate operations to what evaluates policies, and pages of the results. */
import type {
  SimulateCustomPolicyRequest,
  SimulatePolicyResponse,
  SimulatePrincipalPolicyRequest,
} from '../../aws/generated/iam.ts';
import { ApiError } from '../../aws/errors.ts';
import type { AttachedPolicy } from '../../access/directory.ts';
import type { SimulationRequest } from '../../access/simulation-results.ts';
import { invalidInput } from './errors.ts';
import type { IamCall } from './operation.ts';
import { DEFAULT_ITEMS, pageOf } from './pages.ts';
import { requireIdentityPolicy } from './policy-documents.ts';
import { casesOfPage, requireModest } from './simulation-limits.ts';
import { simulationOf } from './simulation.ts';
import type { Simulate } from './simulation.ts';

/** @throws ApiError InvalidInputException, NoSuchEntityException, MalformedPolicyDocumentException */
export function simulatePrincipal(call: IamCall<SimulatePrincipalPolicyRequest>): SimulatePolicyResponse {
  const { input, ports, caller } = call;
  const { PolicySourceArn } = input;
  requireModest(input);
  const owner = /^arn:aws:iam::(\d{12}):/.exec(PolicySourceArn)?.[1];
  if (owner !== caller.accountId) throw invalidInput(`Invalid Entity Arn: ${PolicySourceArn}`);
  const entity = ports.principals.byArn(PolicySourceArn, caller.accountId);
  const group = entity?.kind === 'group' ? entity : undefined;
  if (group === undefined && ports.principals.uniqueIdOf(PolicySourceArn) === undefined)
    throw new ApiError('NoSuchEntityException', `The entity ${PolicySourceArn} cannot be found.`);
  const own =
    group === undefined
      ? ports.principals.policiesOf(PolicySourceArn)
      : { policies: ports.principals.policiesOfHolder(group), boundary: undefined };
  const policies = [...own.policies, ...given(input.PolicyInputList)];
  const simulation = simulationOf(caller.accountId, PolicySourceArn, { ...own, policies }, input);
  const tags = entity?.kind === 'user' || entity?.kind === 'role' ? entity.tags : {};
  return pageOfResults(call, { ...simulation, tags: new Map(Object.entries(tags)) });
}

/** @throws ApiError InvalidInputException, MalformedPolicyDocumentException */
export function simulateCustom(call: IamCall<SimulateCustomPolicyRequest>): SimulatePolicyResponse {
  const { input, caller } = call;
  requireModest(input);
  const policies = { policies: given(input.PolicyInputList), boundary: undefined };
  return pageOfResults(call, simulationOf(caller.accountId, undefined, policies, input));
}

/** AWS names policies of a request by their place in it. */
function given(documents: readonly string[] = []): AttachedPolicy[] {
  return documents.map((document, index) => {
    requireIdentityPolicy(document);
    return { name: `PolicyInputList.${index + 1}`, document };
  });
}

type SimulateInput = Omit<SimulateCustomPolicyRequest, 'PolicyInputList'>;

/** Nothing but what is on the page is evaluated. */
function pageOfResults(call: IamCall<SimulateInput>, simulation: SimulationRequest): SimulatePolicyResponse {
  const { input } = call;
  const { Marker: _marker, MaxItems = DEFAULT_ITEMS, ...query } = input;
  const cases = casesOf(input);
  const most = Math.min(MaxItems, casesOfPage(simulation, cases));
  const { items, page } = pageOf(
    ['simulation', query],
    { ...input, MaxItems: most },
    cases,
    ({ place }) => place,
  );
  return { EvaluationResults: evaluator(call)(simulation, items), ...page };
}

/** Each action with each resource, and its place among all, which sorts like a name. */
function casesOf({ ActionNames, ResourceArns = ['*'] }: SimulateInput) {
  const cases = ActionNames.flatMap((action) => ResourceArns.map((resource) => ({ action, resource })));
  return cases.map((one, index) => ({ ...one, place: String(index).padStart(8, '0') }));
}

function evaluator({ ports }: IamCall): Simulate {
  if (ports.simulate !== undefined) return ports.simulate;
  throw new ApiError('UnsupportedOperationException', 'Nothing evaluates policies here.');
}
