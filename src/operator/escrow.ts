/**
 * Escrow: a key wrapped for the recovery HSM, kept by KMS beside the key's record. An escrow that was never opened is a
 * hope; these functions open it.
 */
import { randomBytes } from 'node:crypto';
import { RpcError } from '../rpc/frames.ts';
import { HsmErrorCode } from '../rpc/hsm-messages.ts';
import { withRecoveryUser } from './recovery-hsm.ts';

export interface EscrowedKey {
  /** The key wrapped for the recovery HSM (ExportKey with its id as peer), base64. */
  wrappedKey: string;
  /** The key's recorded check value, 32 hex digits. */
  check: string;
}

export interface EscrowReport {
  /** The recovery HSM opened the blob, and it holds the key that was recorded. */
  proven: boolean;
  /** The check value that the recovery HSM computed; `undefined` when it could not open the blob. */
  check?: string;
}

/**
 * Proves escrow blobs on the recovery HSM, in the order given. The keys are imported under random ids and destroyed again:
 * nothing stays, and a wrong blob cannot take the place of a key.
 * @param operatorDir the operator's folder, with the recovery HSM in it
 */
export async function checkEscrow(
  operatorDir: string,
  keys: readonly EscrowedKey[],
): Promise<EscrowReport[]> {
  return withRecoveryUser(operatorDir, async (login) => {
    const reports: EscrowReport[] = [];
    let connection = await login();
    for (const { wrappedKey, check } of keys) {
      const materialId = randomBytes(16).toString('hex');
      try {
        const report = await connection.importKey({ materialId, label: 'escrow check', wrappedKey });
        await connection.destroyKey(materialId);
        reports.push({ proven: report.check === check, check: report.check });
      } catch (error) {
        if (!isRefusal(error)) throw error;
        reports.push({ proven: false });
        // A module that shares OpenSSL with its process (SoftHSM) can leave the failed unwrap's error for TLS to find,
        // which then ends the connection: the next blob gets a new one.
        connection.close();
        connection = await login();
      }
    }
    return reports;
  });
}

/**
 * Opens escrow on the recovery HSM and wraps the key for an HSM of a cluster, which must be enrolled in it: how a cluster
 * that lost all its HSMs is filled again.
 * @returns the key wrapped for `peerHsmId`, base64, for ImportKey there
 * @throws Error when the blob holds another key than the one recorded; RpcError IMPORT_FAILED, PEER_NOT_ENROLLED
 */
export async function rewrapEscrow(
  operatorDir: string,
  key: EscrowedKey,
  peerHsmId: string,
): Promise<string> {
  return withRecoveryUser(operatorDir, async (login) => {
    const connection = await login();
    const materialId = randomBytes(16).toString('hex');
    const report = await connection.importKey({
      materialId,
      label: 'escrow restore',
      wrappedKey: key.wrappedKey,
    });
    try {
      if (report.check !== key.check) throw new Error('the escrow holds another key than the one recorded');
      return await connection.exportKey({ materialId, peerHsmId });
    } finally {
      if (!connection.closed) await connection.destroyKey(materialId);
    }
  });
}

/** The HSM looked at the blob and would not take it; anything else says nothing about the blob. */
function isRefusal(error: unknown): boolean {
  return error instanceof RpcError && error.code === HsmErrorCode.importFailed;
}
