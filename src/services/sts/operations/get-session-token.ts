import { lowerCamel } from '../../../audit/event.ts';
import { lifetime, shownCredentials, toCredentials } from '../answers.ts';
import { accessDenied, noMfaDevice } from '../errors.ts';
import { noResources, operation } from '../operation.ts';
import { sessionOf } from '../sessions.ts';

const DEFAULT_SECONDS = 43_200;
const ROOT_SECONDS = 3_600;

/** Temporary credentials of the user who calls. Needs no permission. AWS: API_GetSessionToken (STS). */
export const getSessionToken = operation('GetSessionToken', {
  action: 'sts:GetSessionToken',
  readOnly: true,
  unrecordedFails: true,
  resources: noResources,
  audit: ({ TokenCode: _code, ...shown }) => lowerCamel(shown),

  async handle(call) {
    const { input, caller, ports } = call;
    if (sessionOf(caller) !== undefined)
      throw accessDenied('Cannot call GetSessionToken with session credentials');
    if (input.SerialNumber !== undefined || input.TokenCode !== undefined) throw noMfaDevice();
    const wanted = input.DurationSeconds ?? DEFAULT_SECONDS;
    const seconds = caller.principal.type === 'Root' ? Math.min(wanted, ROOT_SECONDS) : wanted;
    const session = {
      accountId: caller.accountId,
      principalId: caller.principal.userId,
      ...lifetime(call.now, seconds),
    };
    const Credentials = toCredentials(ports.tokens.issue(session), session);
    call.responseElements = lowerCamel({ Credentials: shownCredentials(Credentials) });
    return { Credentials };
  },
});
