/** From the requests of the two Simulate operations to what evaluates policies, and pages of the results. */
import type {
  EvaluationResult,
  SimulateCustomPolicyRequest,
  SimulatePrincipalPolicyRequest,
} from '../../aws/generated/iam.ts';
import { ApiError } from '../../aws/errors.ts';
import type { AttachedPolicy } from '../../access/directory.ts';
import { invalidInput } from './errors.ts';
import type { IamCall } from './operation.ts';
import { pageOf } from './pages.ts';
import type { PageInput } from './pages.ts';
import { requireIdentityPolicy } from './policy-documents.ts';
import { simulationOf } from './simulation.ts';
import type { Simulate } from './simulation.ts';

/** @throws ApiError InvalidInputException, NoSuchEntityException */
export function simulatePrincipal(call: IamCall<SimulatePrincipalPolicyRequest>): EvaluationResult[] {
  const { input, ports, caller } = call;
  const { PolicySourceArn } = input;
  const owner = /^arn:aws:iam::(\d{12}):/.exec(PolicySourceArn)?.[1];
  const group = ports.principals.list(caller.accountId, 'group').find(({ name, path }) => {
    return PolicySourceArn === `arn:aws:iam::${caller.accountId}:group${path}${name}`;
  });
  if (owner !== caller.accountId) throw invalidInput(`Invalid Entity Arn: ${PolicySourceArn}`);
  if (group === undefined && ports.principals.uniqueIdOf(PolicySourceArn) === undefined)
    throw new ApiError('NoSuchEntityException', `The entity ${PolicySourceArn} cannot be found.`);
  const own =
    group === undefined
      ? ports.principals.policiesOf(PolicySourceArn)
      : { policies: ports.principals.policiesOfHolder(group), boundary: undefined };
  const policies = [...own.policies, ...given(input.PolicyInputList)];
  const simulation = simulationOf(caller.accountId, PolicySourceArn, { ...own, policies }, input);
  const entity = ports.principals.byArn(PolicySourceArn, caller.accountId);
  const tags = entity?.kind === 'user' || entity?.kind === 'role' ? entity.tags : {};
  return evaluator(call)({ ...simulation, tags: new Map(Object.entries(tags)) });
}

/** @throws ApiError InvalidInputException */
export function simulateCustom(call: IamCall<SimulateCustomPolicyRequest>): EvaluationResult[] {
  const { input, caller } = call;
  const policies = { policies: given(input.PolicyInputList), boundary: undefined };
  return evaluator(call)(simulationOf(caller.accountId, undefined, policies, input));
}

/** AWS names policies of a request by their place in it. */
function given(documents: readonly string[] = []): AttachedPolicy[] {
  return documents.map((document, index) => {
    requireIdentityPolicy(document);
    return { name: `PolicyInputList.${index + 1}`, document };
  });
}

function evaluator({ ports }: IamCall): Simulate {
  if (ports.simulate !== undefined) return ports.simulate;
  throw new ApiError('UnsupportedOperationException', 'Nothing evaluates policies here.');
}

export function simulationPage(input: PageInput, results: readonly EvaluationResult[]) {
  const numbered = results.map((result, index) => ({ result, place: String(index).padStart(8, '0') }));
  const { Marker: _marker, MaxItems: _maxItems, ...query } = input as PageInput & Record<string, unknown>;
  const { items, page } = pageOf(['simulation', query], input, numbered, ({ place }) => place);
  return { EvaluationResults: items.map(({ result }) => result), ...page };
}
