import { lowerCamel } from '../../../audit/event.ts';
import { SERVICE_ROLES } from '../aws-managed-policies.ts';
import { putEntity } from '../changes.ts';
import type { Role } from '../entities.ts';
import { iamArn } from '../entities.ts';
import { invalidInput } from '../errors.ts';
import { operation } from '../operation.ts';
import { serviceTrust } from '../roles.ts';
import { toWholeRole } from '../shapes.ts';
import { newUniqueId } from '../unique-ids.ts';

/** Makes the role of a service: the two of AWS KMS. Nothing here needs them; set-ups that make them work. AWS: API_CreateServiceLinkedRole (IAM). */
export const createServiceLinkedRole = operation('CreateServiceLinkedRole', {
  action: 'iam:CreateServiceLinkedRole',
  readOnly: false,
  resources: ({ input, caller }) => [
    iamArn(
      caller.accountId,
      'role',
      `/aws-service-role/${input.AWSServiceName}/`,
      SERVICE_ROLES[input.AWSServiceName]?.roleName ?? '*',
    ),
  ],
  context: ({ input }) => ({ 'iam:AWSServiceName': input.AWSServiceName }),
  audit: lowerCamel,

  async handle(call) {
    const { input, ports, caller } = call;
    const service = input.AWSServiceName;
    const known = Object.hasOwn(SERVICE_ROLES, service) ? SERVICE_ROLES[service] : undefined;
    if (known === undefined) throw invalidInput(`Service ${service} has no service-linked role here.`);
    if (input.CustomSuffix !== undefined) throw invalidInput(`Custom suffix is not allowed for ${service}`);
    if (ports.principals.isTaken(caller.accountId, 'role', known.roleName))
      throw invalidInput(
        `Service role name ${known.roleName} has been taken in this account, please try a different suffix.`,
      );
    const role: Role = {
      kind: 'role',
      id: newUniqueId('role'),
      accountId: caller.accountId,
      name: known.roleName,
      path: `/aws-service-role/${service}/`,
      createdAt: call.now,
      trustPolicy: serviceTrust(service),
      description: input.Description ?? null,
      maxSessionDuration: 3_600,
      tags: {},
      boundary: null,
      linkedService: service,
      inline: {},
      attached: [known.policyArn],
    };
    const answer = { Role: toWholeRole(role, ports.principals, undefined) };
    await putEntity(call, role, lowerCamel(answer));
    return answer;
  },
});
