/** The local socket on which a running server answers the operator's commands (src/rpc/operator-messages.ts). */
import { chmodSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import type { Server } from 'node:net';
import type { HsmLink } from '../keystores/hsm-cluster/hsm-link.ts';
import { RpcError } from '../rpc/frames.ts';
import { OperatorVerb } from '../rpc/operator-messages.ts';
import type { HsmEvidence, KeyEvidence } from '../rpc/operator-messages.ts';
import { serveConnection } from '../rpc/server.ts';
import { keyMetadata } from '../services/kms/key-metadata.ts';
import type { KmsKey } from '../services/kms/key.ts';
import type { Kms } from '../services/kms/kms.ts';

/** Listens until the server is closed. Only the user that runs the server can connect. */
export async function serveOperator(path: string, kms: Kms): Promise<Server> {
  rmSync(path, { force: true }); // of a process before this one; the data folder's lock says that it is gone
  const server = createServer((socket) => {
    serveConnection(socket, undefined, {
      [OperatorVerb.KeyEvidence]: async (payload) =>
        Buffer.from(JSON.stringify((await keyEvidence(kms, requestedArn(payload))) ?? null)),
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  return server.unref();
}

function requestedArn(payload: Buffer): string {
  const { keyArn } = JSON.parse(payload.toString('utf8')) as { keyArn?: unknown };
  if (typeof keyArn !== 'string') throw new RpcError('BAD_REQUEST', 'the request has no keyArn');
  return keyArn;
}

async function keyEvidence(kms: Kms, keyArn: string): Promise<KeyEvidence | undefined> {
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
