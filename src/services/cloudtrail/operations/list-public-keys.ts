import { createPublicKey } from 'node:crypto';
import { lowerCamel } from '../../../audit/event.ts';
import { listAuditKeys } from '../../../storage/audit-keys.ts';
import { operation } from '../cloudtrail.ts';
import { invalidTimeRange, invalidToken } from '../errors.ts';

/** The keys that signed digest files of this Region in a range of time, which is now when none is given. AWS: API_ListPublicKeys. */
export const listPublicKeys = operation('ListPublicKeys', {
  action: 'cloudtrail:ListPublicKeys',
  readOnly: true,
  audit: lowerCamel,

  async handle({ input, ports, region, now }) {
    if (input.NextToken !== undefined) throw invalidToken(); // one page holds them all
    const end = input.EndTime?.getTime() ?? now;
    const start = input.StartTime?.getTime() ?? end;
    if (start > end) throw invalidTimeRange();
    const keys = await listAuditKeys(ports.db, ports.mac, 'digest', region);
    return {
      PublicKeyList: keys
        .filter((key) => key.valid_from <= end && key.valid_to >= start)
        .map((key) => ({
          Value: pkcs1(key.public_key),
          ValidityStartTime: new Date(key.valid_from),
          ValidityEndTime: new Date(key.valid_to),
          Fingerprint: key.fingerprint,
        })),
    };
  },
});

/** DER RSAPublicKey, RFC 8017 appendix A.1.1. */
function pkcs1(spki: Buffer): Buffer {
  return createPublicKey({ key: spki, format: 'der', type: 'spki' }).export({ format: 'der', type: 'pkcs1' });
}
