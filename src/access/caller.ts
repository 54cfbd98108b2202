/** Who calls: what authentication found out, in the form in which access control and audit need it. */
import type { UserIdentity } from '../audit/event.ts';

export type PrincipalType = 'Root' | 'User' | 'AssumedRole' | 'FederatedUser' | 'Service' | 'Anonymous';

/** One who acts, with all that policies can ask about it. */
export interface Principal {
  readonly type: PrincipalType;
  readonly accountId: string;
  /** Root, user, `arn:aws:sts::…:assumed-role/<role>/<session>`, `arn:aws:sts::…:federated-user/<name>`. */
  readonly arn: string;
  /** Whose IAM policies count, and aws:PrincipalArn: the user or role behind a session; `arn` itself for all others. */
  readonly issuerArn: string;
  /** aws:userid: `AIDA…`, `AROA…:<session>`, the account id of a root user. */
  readonly userId: string;
  /** aws:username; IAM users only. */
  readonly userName: string | undefined;
  /** aws:PrincipalTag/…: tags of the user or role, and of the session before them. */
  readonly tags: ReadonlyMap<string, string>;
  /** Temporary credentials only. */
  readonly session: PrincipalSession | undefined;
}

export interface PrincipalSession {
  /** aws:TokenIssueTime, milliseconds since 1970. */
  readonly issuedAt: number;
  readonly mfa: boolean;
  /** Documents of session policies, managed ones included; the session may do only what each of both worlds allows. */
  readonly policies: readonly string[];
  /** Further condition keys of the session by full name: `sts:…`, `aws:FederatedProvider`, `<provider>:sub` …. */
  readonly keys: ReadonlyMap<string, readonly string[]>;
}

export interface Caller {
  accountId: string;
  /** `arn:aws:iam::<account>:root`, a user or a role session. */
  arn: string;
  accessKeyId: string;
  principal: Principal;
  /** userIdentity of audit events. */
  identity: UserIdentity;
}

export function rootCaller(accountId: string, accessKeyId: string): Caller {
  const arn = `arn:aws:iam::${accountId}:root`;
  return {
    accountId,
    arn,
    accessKeyId,
    principal: {
      type: 'Root',
      accountId,
      arn,
      issuerArn: arn,
      userId: accountId,
      userName: undefined,
      tags: new Map(),
      session: undefined,
    },
    identity: { type: 'Root', principalId: accountId, arn, accountId, accessKeyId },
  };
}

/** Whoever sent a request that no access key signed: nobody, until the request itself proves who it is. */
export const anonymousCaller: Caller = {
  accountId: '',
  arn: '',
  accessKeyId: '',
  principal: {
    type: 'Anonymous',
    accountId: '',
    arn: '',
    issuerArn: '',
    userId: '',
    userName: undefined,
    tags: new Map(),
    session: undefined,
  },
  identity: {},
};
