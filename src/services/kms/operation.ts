/**
 * What an operation declares. One file in operations/ holds one whole contract: the action it authorises, the key it needs,
 * what its audit event shows, and its handler. What many share is declared here and enforced in pipeline.ts.
 */
import type { ConditionContext } from '../../access/access-control.ts';
import type { GrantQuestion } from '../../access/grant-matching.ts';
import type { KmsOperations } from '../../aws/generated/kms.ts';
import type { Call } from './call.ts';
import type { EncryptionContext } from './encryption-context.ts';
import type { KeyUsage } from './key-specs.ts';
import type { KeyOperation } from './key-states.ts';

export type OperationName = keyof KmsOperations;
export type Input<N extends OperationName> = KmsOperations[N]['input'];
export type Output<N extends OperationName> = KmsOperations[N]['output'];

/** The key that the pipeline finds, authorises and checks before the handler runs. */
export interface KeyRule<N extends OperationName> {
  /** The input member that names it. */
  from: keyof Input<N> & string;
  /** `id`: key id or key ARN; `any`: also alias name and alias ARN. */
  forms: 'id' | 'any';
  /** The usage that the key must have. */
  usage?: KeyUsage;
  /** Works with a key of another account, if both accounts allow it. AWS: "Allowing users in other accounts to use a KMS key". */
  acrossAccounts?: true;
  /** Said as a ValidationException when an alias is given where `forms` is `id` and AWS has its own words for that. */
  aliasMessage?: string;
}

export interface OperationContract<N extends OperationName> {
  /** IAM action. */
  action: `kms:${string}`;
  /** CloudTrail's readOnly: true for uses of keys and for reads. */
  readOnly: boolean;
  /** A use of a key or of the service's random source: never answered when it cannot be recorded. */
  cryptographic?: boolean;
  /** CloudTrail shows no `resources` at all for operations on custom key stores. */
  resources?: 'none';
  key?: KeyRule<N>;
  /** The handler says what the caller must be allowed: it is known only there. */
  authorizes?: 'itself';
  /**
   * Condition keys of the request, beside those of its key (condition-context.ts) and those that every request has. Asked
   * for only when a policy has conditions.
   */
  context(input: Input<N>): ConditionContext;
  /** The encryption context for conditions and grants; of operations that take one. */
  encryptionContext?(input: Input<N>): EncryptionContext | undefined;
  /** The grant that is to be made: a right to make grants that comes from a grant does not go further than that. */
  childGrant?(input: Input<N>): GrantQuestion['child'];
  /** What the request counts against beside its own quota, in the same or another Region. */
  alsoCounts?(call: Call<N>): { operation: OperationName; region: string; times: number };
  /** DryRun ends the call before `handle`. An operation that must look further first calls `finishDryRun` itself. */
  dryRun?: boolean;
  /** requestParameters of the audit event; never a secret. */
  audit(input: Input<N>): Record<string, unknown> | null;
  /** Condition keys that were found out while the request was checked, beside `context`. */
  conditions?(call: Call<N>): ConditionContext;
  /** Rules about names, and what must be there, that come before the key is looked up. */
  precheck?(call: Call<N>): void | Promise<void>;
  /** Rules that span members; runs after the key was found and authorised, before its state is looked at. */
  validate?(call: Call<N>): void;
  /** One at a time with all other changes of custom key stores. */
  exclusive?: 'custom key stores';
  handle(call: Call<N>): Promise<Output<N>>;
}

export interface Operation<N extends OperationName = OperationName> extends OperationContract<N> {
  readonly name: N;
}

export function operation<N extends OperationName>(name: N, contract: OperationContract<N>): Operation<N> {
  return { name, ...contract };
}

/** Narrows an operation's name to those of the key state table. */
export function asKeyOperation(name: OperationName): KeyOperation {
  return name as KeyOperation;
}
