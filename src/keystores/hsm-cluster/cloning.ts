/**
 * Copying a key from one HSM to another: it leaves the first one wrapped for the transport key of the second, which the
 * crypto officer enrolled there as trusted; nothing else can open it (PKCS#11 CKA_WRAP_WITH_TRUSTED, CKA_UNWRAP_TEMPLATE).
 */
import { RpcError } from '../../rpc/frames.ts';
import { HsmErrorCode } from '../../rpc/hsm-messages.ts';
import type { KeyReport } from '../../rpc/hsm-messages.ts';
import type { HsmLink } from './hsm-link.ts';

/** The two HSMs do not hold the same key, or it has not the attributes that it must have. */
export class CloneRejected extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'CloneRejected';
  }
}

/**
 * Clones one key and checks that both HSMs hold the same one.
 * @throws RpcError (PEER_NOT_ENROLLED, KEY_NOT_FOUND, …), CloneRejected
 */
export async function cloneKey(
  from: HsmLink,
  to: HsmLink,
  key: { materialId: string; label: string; check: string },
): Promise<KeyReport> {
  const wrappedKey = await from.connection.exportKey({
    materialId: key.materialId,
    peerHsmId: to.member.hsmId,
  });
  const report = await importOnce(to, { materialId: key.materialId, label: key.label, wrappedKey });
  if (report.check !== key.check) throw new CloneRejected('check values differ between two HSMs');
  await requireAttributes(to, key.materialId);
  return report;
}

/** An import whose answer was lost is already there. */
async function importOnce(
  to: HsmLink,
  request: { materialId: string; label: string; wrappedKey: string },
): Promise<KeyReport> {
  try {
    return await to.connection.importKey(request);
  } catch (error) {
    if (error instanceof RpcError && error.code === HsmErrorCode.keyExists) {
      return to.connection.checkKey(request.materialId);
    }
    throw error;
  }
}

/** What a KMS key in an HSM must be (docs/formats.md, "HSM objects"). */
const REQUIRED: Readonly<Record<string, boolean>> = {
  TOKEN: true,
  PRIVATE: true,
  SENSITIVE: true,
  WRAP_WITH_TRUSTED: true,
  WRAP: true,
  UNWRAP: true,
  ENCRYPT: false,
  DECRYPT: false,
  MODIFIABLE: false,
};

/** Reads the attributes back from the module. @throws CloneRejected */
export async function requireAttributes(link: HsmLink, materialId: string): Promise<void> {
  const { attributes } = await link.connection.keyAttributes(materialId);
  for (const [name, value] of Object.entries(REQUIRED)) {
    if (attributes[name] !== value)
      throw new CloneRejected(`CKA_${name} of a key object is not ${String(value)}`);
  }
}
