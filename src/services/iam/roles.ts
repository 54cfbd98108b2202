/** Trust policies of roles: as requests bring them, as they are kept, as they are shown. */
import type { PrincipalDirectory } from '../../access/directory.ts';
import { shownPolicy, storedPolicy } from '../../access/policy/principals-at-rest.ts';
import type { Role } from './entities.ts';
import { limitExceeded } from './errors.ts';
import type { IamCall } from './operation.ts';
import { malformedUnless, policySize } from './policy-documents.ts';
import { POLICY_SIZES } from './quotas.ts';

/**
 * A trust policy as it is kept: users and roles by their unique ids, so that a namesake made later does not inherit.
 * @throws ApiError MalformedPolicyDocumentException (also for principals that do not exist), LimitExceededException
 */
export function acceptTrust({ ports }: IamCall, document: string): string {
  if (policySize(document) > POLICY_SIZES.trust)
    throw limitExceeded(`Cannot exceed quota for ACLSizePerRole: ${POLICY_SIZES.trust}`);
  return malformedUnless(() => storedPolicy(document, 'trust', ports.principals));
}

/** The trust policy as callers read it. */
export function shownTrust({ trustPolicy }: Role, principals: PrincipalDirectory): string {
  return shownPolicy(trustPolicy, 'trust', principals);
}

/** The trust policy of a service-linked role. */
export function serviceTrust(service: string): string {
  return JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Principal: { Service: service }, Action: 'sts:AssumeRole' }],
  });
}
