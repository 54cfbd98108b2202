import { ApiError } from '../../../aws/errors.ts';
import { operation } from '../operation.ts';

/** Why a call was denied, from the encoded message of the denial. AWS: API_DecodeAuthorizationMessage (STS). */
export const decodeAuthorizationMessage = operation('DecodeAuthorizationMessage', {
  action: 'sts:DecodeAuthorizationMessage',
  readOnly: true,
  audit: () => null,

  async handle({ input, ports, caller }) {
    const decoded = ports.decodeMessage?.(input.EncodedMessage, caller.accountId);
    if (decoded === undefined)
      throw new ApiError('InvalidAuthorizationMessageException', 'The message was not encoded here.');
    return { DecodedMessage: decoded };
  },
});
