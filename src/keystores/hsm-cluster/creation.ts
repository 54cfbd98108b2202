/**
 * Making a backing key: generated in one HSM, cloned to every other that serves, wrapped for the offline recovery HSM, and
 * read back. It counts as made when two HSMs in different availability zones hold it. AWS: KMS needs two active HSMs.
 */
import { ClusterNotEnrolled, ClusterTooSmall, KeyStoreUnavailable } from '../key-store.ts';
import { RpcError } from '../../rpc/frames.ts';
import { HsmErrorCode } from '../../rpc/hsm-messages.ts';
import { CloneRejected, cloneKey, requireAttributes } from './cloning.ts';
import { appendEscrow } from './escrow-file.ts';
import type { HsmCluster } from './hsm-cluster.ts';
import type { HsmLink } from './hsm-link.ts';

export interface CreatedBackingKey {
  /** 32 hex digits. */
  check: string;
  keyHandle: string;
  /** Ids of the HSMs that hold it. */
  holders: string[];
  /** The key wrapped for the recovery HSM. */
  escrow: Buffer;
}

/**
 * @param recoveryHsmId the offline HSM whose transport key every HSM has enrolled
 * @throws ClusterTooSmall, ClusterNotEnrolled, KeyStoreUnavailable; objects that came to be are swept by the tombstone of `materialId`
 */
export async function createBackingKey(
  cluster: HsmCluster,
  recoveryHsmId: string,
  materialId: string,
  label: string,
): Promise<CreatedBackingKey> {
  const links = linksFor(cluster.serving);
  const [origin, ...others] = links as [HsmLink, ...HsmLink[]];
  try {
    const made = await origin.connection.generateKey({ materialId, label });
    await requireAttributes(origin, materialId);
    const key = { materialId, label, check: made.check };
    const clones = await Promise.allSettled(others.map((link) => cloneKey(origin, link, key)));
    const holding = [origin, ...others.filter((_, i) => clones[i]?.status === 'fulfilled')];
    for (const clone of clones) {
      if (clone.status === 'rejected')
        cluster.ports.logger.warn({ err: clone.reason as unknown }, 'a clone failed');
    }
    const unknown = clones.some((clone) => clone.status === 'rejected' && isNotEnrolled(clone.reason));
    if (unknown && !inTwoZones(holding)) throw new ClusterNotEnrolled();
    requireTwoZones(holding);
    const escrow = await origin.connection.exportKey({ materialId, peerHsmId: recoveryHsmId });
    await appendEscrow(cluster.ports.escrowFile, {
      clusterId: cluster.clusterId,
      materialId,
      keyArn: label,
      check: made.check,
      wrappedKey: escrow,
    });
    cluster.repair.raiseEpochsSoon();
    return {
      check: made.check,
      keyHandle: made.keyHandle,
      holders: holding.map((link) => link.member.hsmId),
      escrow: Buffer.from(escrow, 'base64'),
    };
  } catch (error) {
    if (isNotEnrolled(error)) throw new ClusterNotEnrolled();
    if (error instanceof RpcError || error instanceof CloneRejected) {
      cluster.ports.logger.warn({ err: error }, 'a backing key could not be made');
      throw new KeyStoreUnavailable('KMS cannot communicate with your CloudHSM cluster');
    }
    throw error;
  }
}

/** Those that may be silent are left out where the others will do; what they lack then, the next comparison clones to them. */
function linksFor(serving: readonly HsmLink[]): HsmLink[] {
  const lively = serving.filter((link) => !link.suspect);
  const links = inTwoZones(lively) ? lively : [...serving];
  requireTwoZones(links);
  return links.sort((a, b) => a.inFlight - b.inFlight);
}

function isNotEnrolled(error: unknown): boolean {
  return error instanceof RpcError && error.code === HsmErrorCode.peerNotEnrolled;
}

function inTwoZones(links: readonly HsmLink[]): boolean {
  return new Set(links.map((link) => link.member.availabilityZone)).size >= 2;
}

function requireTwoZones(links: readonly HsmLink[]): void {
  if (inTwoZones(links)) return;
  throw new ClusterTooSmall(
    'The CloudHSM cluster must contain at least two active HSMs, each in a different Availability Zone.',
  );
}
