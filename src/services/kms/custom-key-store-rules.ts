/** What a cluster must be before a custom key store may use it. AWS: "Creating a CloudHSM key store", requirements. */
import { X509Certificate } from 'node:crypto';
import type { ClusterRow } from '../../storage/schema.ts';
import type { Clusters } from '../cloudhsm/clusters.ts';
import {
  clusterInvalidConfiguration,
  clusterNotActive,
  clusterNotFound,
  incorrectTrustAnchor,
  validation,
} from './errors.ts';
import type { Scope } from './key-identifiers.ts';

/** @throws ApiError CloudHsmClusterNotFoundException */
export function requireCluster(clusters: Clusters, clusterId: string, scope: Scope): ClusterRow {
  const cluster = clusters.find(clusterId);
  const own = cluster?.account_id === scope.accountId && cluster.region === scope.region;
  if (cluster === undefined || !own || cluster.state === 'DELETED') throw clusterNotFound();
  return cluster;
}

/** @throws ApiError CloudHsmClusterNotActiveException */
export function requireActive(cluster: ClusterRow): void {
  if (cluster.state !== 'ACTIVE') throw clusterNotActive(cluster.state);
}

/** Two HSMs that answer, in different zones. @throws ApiError CloudHsmClusterInvalidConfigurationException */
export function requireTwoHsms(clusters: Clusters, cluster: ClusterRow): void {
  const reachable = clusters.live(cluster.cluster_id)?.reachable ?? [];
  if (new Set(reachable.map((link) => link.member.availabilityZone)).size >= 2) return;
  throw clusterInvalidConfiguration(
    'The CloudHSM cluster must contain at least two active HSMs, each in a different Availability Zone.',
  );
}

/** The certificate is the one that the cluster was initialised with. @throws ApiError IncorrectTrustAnchorException */
export function requireTrustAnchor(cluster: ClusterRow, pem: string): void {
  if (cluster.trust_anchor === null || fingerprint(cluster.trust_anchor) !== fingerprint(pem)) {
    throw incorrectTrustAnchor();
  }
}

/** Clusters with one backup history share the cluster certificate. */
export function haveCommonHistory(a: ClusterRow, b: ClusterRow): boolean {
  return (
    a.cluster_id === b.cluster_id ||
    (a.cluster_certificate !== null && a.cluster_certificate === b.cluster_certificate)
  );
}

/** No two-factor user, no special characters. AWS: "Create the kmsuser crypto user". @throws ApiError ValidationException */
export function requirePasswordForm(password: string): void {
  if (!/^[A-Za-z0-9]{7,32}$/.test(password)) {
    throw validation('KeyStorePassword must have 7 to 32 alphanumeric characters.');
  }
}

function fingerprint(pem: string): string | undefined {
  try {
    return new X509Certificate(pem).fingerprint256;
  } catch {
    return undefined;
  }
}
