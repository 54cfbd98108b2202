/** The STS API: temporary credentials. AWS: STS API reference. */
import { createService, queryCodec } from '../api/serve.ts';
import type { ServiceHandler } from '../api/serve.ts';
import { accessDenied } from './errors.ts';
import type { Sts } from './operation.ts';
import { assumeRoleWithWebIdentity } from './operations/assume-role-with-web-identity.ts';
import { assumeRole } from './operations/assume-role.ts';
import { decodeAuthorizationMessage } from './operations/decode-authorization-message.ts';
import { getAccessKeyInfo } from './operations/get-access-key-info.ts';
import { getCallerIdentity } from './operations/get-caller-identity.ts';
import { getSessionToken } from './operations/get-session-token.ts';

/** What a session of GetSessionToken without MFA may call. AWS: API_GetSessionToken, "Permissions". */
const WITH_SESSION_TOKEN: ReadonlySet<string> = new Set([
  'AssumeRole',
  'GetCallerIdentity',
  'GetSessionToken', // has a refusal of its own
]);

export function createSts(ports: Sts): ServiceHandler {
  return createService({
    service: 'sts',
    eventSource: 'sts.amazonaws.com',
    ports,
    codec: queryCodec('sts'),
    operations: [
      assumeRole,
      assumeRoleWithWebIdentity,
      getAccessKeyInfo,
      getCallerIdentity,
      getSessionToken,
      ...(ports.decodeMessage === undefined ? [] : [decodeAuthorizationMessage]),
    ],
    admit(operation, { principal: { type, session } }) {
      if (type === 'User' && session?.mfa === false && !WITH_SESSION_TOKEN.has(operation))
        throw accessDenied(`Cannot call ${operation} with session credentials`);
    },
  });
}

/** The one operation that a token of a provider signs, and no access key. */
export const UNSIGNED_OPERATION = 'AssumeRoleWithWebIdentity';
