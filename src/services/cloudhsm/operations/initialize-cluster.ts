import { lowerCamel } from '../../../audit/event.ts';
import { changeCluster } from '../../../storage/clusters.ts';
import { requireCertificates } from '../certificates.ts';
import { invalidRequest } from '../errors.ts';
import { operation } from '../operation.ts';
import { arnOf, requireAccepted, requireCluster } from '../resources.ts';

const MESSAGE = 'Cluster is initializing. State will change to INITIALIZED upon completion.';

/**
 * The owner claims the cluster: with the certificate that the owner's CA made of the cluster's request, and with that CA's own
 * certificate, by which KMS and tools know the cluster's HSMs from now on. AWS: API_InitializeCluster.
 */
export const initializeCluster = operation('InitializeCluster', {
  action: 'cloudhsm:InitializeCluster',
  readOnly: false,
  resources: (call) => [arnOf(call, call.input.ClusterId)],
  audit: lowerCamel,

  async handle(call) {
    const { ports, input, now } = call;
    const { clusters, mac } = ports;
    return clusters.exclusive(async () => {
      const cluster = requireCluster(call, input.ClusterId);
      requireAccepted(cluster, 'InitializeCluster');
      if (cluster.cluster_csr === null)
        throw invalidRequest(`Cluster ${cluster.cluster_id} has no CSR yet: it needs its first HSM.`);
      requireCertificates(cluster.cluster_csr, input.SignedCert, input.TrustAnchor, now);
      const State = 'INITIALIZE_IN_PROGRESS' as const;
      await call.commit({ state: State, stateMessage: MESSAGE }, (tx) =>
        changeCluster(tx, mac, cluster, {
          state: State,
          state_message: MESSAGE,
          cluster_certificate: input.SignedCert,
          trust_anchor: input.TrustAnchor,
        }),
      );
      await clusters.refresh(cluster.cluster_id);
      return { State, StateMessage: MESSAGE };
    });
  },
});
