/** Access keys: their rows, and making them. Secrets rest sealed by the crypto process, and are told once. */
import type { RowMac } from '../../storage/row-mac.ts';
import type { AccessKeyRow } from '../../storage/schema.ts';
import { rootArn } from './entities.ts';
import type { AccessKey } from './entities.ts';
import { newAccessKeyId, newSecretAccessKey } from './unique-ids.ts';

export interface AccessKeySeal {
  seal(accessKeyId: string, secret: string): Promise<Buffer>;
  unseal(accessKeyId: string, sealed: Buffer): Promise<string>;
}

/** A new key that is in no database yet. @param userId undefined for the root user */
export function newAccessKey(accountId: string, userId: string | undefined, now: number): AccessKey {
  return {
    accessKeyId: newAccessKeyId('AKIA', accountId),
    accountId,
    userId,
    secretAccessKey: newSecretAccessKey(),
    status: 'Active',
    createdAt: now,
  };
}

/** The row of a key, its secret sealed. @param ownerArn of the user; the root user's when undefined */
export async function accessKeyRow(
  ports: { mac: RowMac; secrets: AccessKeySeal },
  key: AccessKey,
  ownerArn: string | undefined,
): Promise<AccessKeyRow> {
  return ports.mac.seal('access_keys', {
    access_key_id: key.accessKeyId,
    account_id: key.accountId,
    principal_arn: ownerArn ?? rootArn(key.accountId),
    user_id: key.userId ?? null,
    secret_sealed: await ports.secrets.seal(key.accessKeyId, key.secretAccessKey),
    status: key.status,
    created_at: key.createdAt,
  });
}
