/** What the server and its HSMs say of one key now, for evidence packs. */
import type { HsmLink } from '../keystores/hsm-cluster/hsm-link.ts';
import { RpcError } from '../rpc/frames.ts';
import type { HsmEvidence, KeyEvidence } from '../rpc/operator-messages.ts';
import { keyMetadata } from '../services/kms/key-metadata.ts';
import type { KmsKey } from '../services/kms/key.ts';
import type { Kms } from '../services/kms/kms.ts';

/** @returns undefined when there is no such key (any more) */
export async function keyEvidence(kms: Kms, keyArn: string): Promise<KeyEvidence | undefined> {
  const key = await kms.catalog.find(keyArn);
  if (key === undefined) return undefined;
  const { arn, policy } = key;
  return {
    keyArn: arn,
    metadata: { ...keyMetadata(kms, key) },
    policy,
    cluster: await clusterEvidence(kms, key),
  };
}

async function clusterEvidence(kms: Kms, key: KmsKey): Promise<KeyEvidence['cluster']> {
  const clusterId = kms.customKeyStores.clusterIdOf(key);
  if (clusterId === undefined) return null;
  const row = kms.clusters.find(clusterId);
  const links = kms.clusters.live(clusterId)?.links ?? [];
  const material = key.material;
  return {
    clusterId,
    trustAnchor: row?.trust_anchor ?? null,
    clusterCertificate: row?.cluster_certificate ?? null,
    backingKeyId: material?.id ?? null,
    check: material?.check.toString('hex') ?? null,
    hsms: await Promise.all(links.map((link) => hsmEvidence(link, material?.id))),
  };
}

async function hsmEvidence(link: HsmLink, materialId: string | undefined): Promise<HsmEvidence> {
  const { hsmId, availabilityZone } = link.member;
  const nothing = { hsmId, availabilityZone, certificate: null, key: null };
  if (link.state !== 'serving') return { ...nothing, problem: 'KMS is not connected to this HSM' };
  const { connection } = link;
  const certificate = connection.peerCertificate?.toString() ?? null;
  if (materialId === undefined) return { ...nothing, certificate, problem: 'the key has no material' };
  try {
    const { keyHandle, label, attributes } = await connection.keyAttributes(materialId);
    const { check } = await connection.checkKey(materialId);
    return { ...nothing, certificate, key: { keyHandle, label, check, attributes }, problem: null };
  } catch (error) {
    return {
      ...nothing,
      certificate,
      problem: error instanceof RpcError ? error.code : 'the HSM did not answer',
    };
  }
}
