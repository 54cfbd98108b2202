import { lowerCamel } from '../../../audit/event.ts';
import { accountOfAccessKeyId } from '../../iam/unique-ids.ts';
import { validation } from '../errors.ts';
import { operation } from '../operation.ts';

/** The account of an access key id, temporary ones too; not whether the key still works. AWS: API_GetAccessKeyInfo (STS). */
export const getAccessKeyInfo = operation('GetAccessKeyInfo', {
  action: 'sts:GetAccessKeyInfo',
  readOnly: true,
  audit: lowerCamel,

  async handle({ input: { AccessKeyId }, ports: { principals } }) {
    const account = principals.accessKey(AccessKeyId)?.accountId ?? accountOfAccessKeyId(AccessKeyId);
    if (account === undefined || !principals.isAccount(account))
      throw validation(`${AccessKeyId} is not an access key id of an account here.`);
    return { Account: account };
  },
});
