/** Speaking to a cluster's first HSM before it has a certificate: no secret is sent to it, and none is asked of it. */
import { connectHsm } from '../../hsm-client/connect.ts';
import { RpcError } from '../../rpc/frames.ts';
import { HsmErrorCode } from '../../rpc/hsm-messages.ts';
import type { HsmEndpoint } from './hsm-link.ts';

export interface FirstHsm extends HsmEndpoint {
  hsmId: string;
  clusterId: string;
}

/** The HSM does not take the certificate; the message says why. */
export class CertificateRejected extends Error {
  constructor(reason: string) {
    super(reason);
    this.name = 'CertificateRejected';
  }
}

const TIMEOUT_MS = 5_000;

/** @returns PEM of the HSM's certificate request @throws RpcError UNREACHABLE, DEADLINE, UNTRUSTED_HSM */
export async function readCertificateRequest(hsm: FirstHsm): Promise<string> {
  const connection = await connectHsm({ ...hsm, timeoutMs: TIMEOUT_MS });
  try {
    return await connection.getCertificateRequest();
  } finally {
    connection.close();
  }
}

/**
 * Installs certificate and trust anchor (both PEM), unless the HSM has them already.
 * @throws CertificateRejected; RpcError UNREACHABLE, DEADLINE
 */
export async function installCertificate(
  hsm: FirstHsm,
  certificate: string,
  trustAnchor: string,
): Promise<void> {
  if (await answersUnder(hsm, trustAnchor)) return;
  const connection = await connectHsm({ ...hsm, timeoutMs: TIMEOUT_MS });
  try {
    await connection.initialize(certificate, trustAnchor);
  } catch (error) {
    if (error instanceof RpcError && error.code === HsmErrorCode.invalidCertificate)
      throw new CertificateRejected(error.message);
    throw error;
  } finally {
    connection.close();
  }
}

/** An answer that was lost: the HSM was initialised before. */
async function answersUnder(hsm: FirstHsm, trustAnchor: string): Promise<boolean> {
  try {
    (await connectHsm({ ...hsm, trustAnchor, timeoutMs: TIMEOUT_MS })).close();
    return true;
  } catch (error) {
    if (error instanceof RpcError && error.code === 'UNTRUSTED_HSM') return false;
    throw error;
  }
}
