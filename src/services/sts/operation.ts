/** What the operations of STS work with, and how they are declared (services/api/contract.ts). */
import type { Principals } from '../iam/principals.ts';
import type { ServicePorts } from '../api/call.ts';
import { declaring } from '../api/contract.ts';
import type { ServiceCall } from '../api/contract.ts';
import type { SessionTokens } from './session-token.ts';
import type { WebIdentities } from './web-identity.ts';

export interface Sts extends ServicePorts {
  readonly principals: Principals;
  readonly tokens: SessionTokens;
  readonly webIdentities: WebIdentities;
  /**
   * Opens the encoded message of a denial. Undefined where denials carry none: DecodeAuthorizationMessage is not served then.
   */
  readonly decodeMessage: ((encoded: string, accountId: string) => string | undefined) | undefined;
}

export type StsCall<I = unknown> = ServiceCall<Sts, I>;

export const operation = declaring<'sts', Sts>();

/** For operations that need no permission, or look for it themselves. */
export const noResources = (): readonly string[] => [];
