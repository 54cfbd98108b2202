/** Destroying a key object that is on no record, by the operator's hand. */
import type { Approval } from '../rpc/quorum.ts';
import type { ClusterConnection } from './connection-data.ts';
import { asUser, done, onEveryHsm, unchanged, withApprovals } from './every-hsm.ts';
import type { HsmReport } from './every-hsm.ts';
import type { UserLogin } from './keys.ts';

/** Destroys the object on every HSM that holds it. The caller has seen that no record knows it. */
export async function destroyObject(
  cluster: ClusterConnection,
  user: UserLogin,
  materialId: string,
  approvals: readonly Approval[],
): Promise<HsmReport[]> {
  return onEveryHsm(cluster, asUser(user.name, user.password), async (connection) => {
    const held = await connection.listKeys();
    if (!held.some((key) => key.materialId === materialId)) return unchanged('is not there');
    await withApprovals(connection, 'destroy-keys', approvals, () => connection.destroyKey(materialId));
    return done('destroyed');
  });
}
