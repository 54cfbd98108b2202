/** Denials in AWS's words. AWS: "Troubleshooting access denied error messages"; KMS's own texts as its users report them. */
import { ApiError } from '../aws/errors.ts';
import { sayReason } from './decision.ts';
import type { Decision, ReasonId } from './decision.ts';

export interface Denied {
  readonly callerArn: string;
  readonly action: string;
  readonly resource: string;
  /** The caller did not name the key: the ciphertext did. */
  readonly foundBy?: 'ciphertext' | undefined;
}

/** What comes after "is not authorized to perform: <action> on resource: <resource>". */
const BECAUSE: Readonly<Partial<Record<ReasonId, (action: string) => string>>> = {
  'deny-in-resource-policy': () => 'with an explicit deny in a resource-based policy',
  'deny-in-identity-policy': () => 'with an explicit deny in an identity-based policy',
  'deny-in-boundary': () => 'with an explicit deny in a permissions boundary',
  'deny-in-session-policy': () => 'with an explicit deny in a session policy',
  'no-resource-policy': (action) => `because no resource-based policy allows the ${action} action`,
  'no-identity-policy': (action) => `because no identity-based policy allows the ${action} action`,
  'no-boundary': (action) => `because no permissions boundary allows the ${action} action`,
  'no-session-policy': (action) => `because no session policy allows the ${action} action`,
};

const HIDDEN =
  'because the resource does not exist in this Region, no resource-based policies allow access, ' +
  'or a resource-based policy explicitly denies access';

export function denialText({ reason, hidden }: Decision, denied: Denied): string {
  if (hidden) return hiddenText(denied);
  const { callerArn, action, resource } = denied;
  const because = BECAUSE[reason]?.(action) ?? `because ${sayReason(reason)}`;
  return `User: ${callerArn} is not authorized to perform: ${action} on resource: ${resource} ${because}`;
}

function hiddenText({ callerArn, action, foundBy }: Denied): string {
  const what = foundBy === 'ciphertext' ? 'the resource associated with this ciphertext' : 'this resource';
  return `User: ${callerArn} is not authorized to perform: ${action} on ${what} ${HIDDEN}`;
}

/** What a denial tells the audit trail: reason id, and the sealed account of the decision. */
export interface DenialRecord {
  readonly authorizationReason: ReasonId;
  readonly encodedAuthorizationMessage?: string;
}

export class AccessDenied extends ApiError {
  readonly record: DenialRecord;

  constructor(code: string, message: string, record: DenialRecord) {
    super(code, message);
    this.name = 'AccessDenied';
    this.record = record;
  }
}

/** IAM and STS, which speak the Query protocol, have another name for it than the JSON services. */
export function deniedCode(action: string): 'AccessDenied' | 'AccessDeniedException' {
  return /^(?:iam|sts):/i.test(action) ? 'AccessDenied' : 'AccessDeniedException';
}

/**
 * The denial for a resource that is not there, or may be another account's: word for word the one for a resource that is
 * there and whose owner does not let the caller in.
 */
export function hiddenDenial(denied: Denied): AccessDenied {
  return new AccessDenied(deniedCode(denied.action), hiddenText(denied), {
    authorizationReason: 'no-resource-policy',
  });
}
