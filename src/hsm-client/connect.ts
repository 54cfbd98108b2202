/**
 * The client side of an HSM: a TLS 1.3 connection that knows whom it speaks to, with typed calls. Used by KMS, by the
 * operator's tool and by the operator agent. Knows nothing of key stores, clusters or KMS keys, and imports only src/rpc.
 */
import type { X509Certificate } from 'node:crypto';
import { connect as tlsConnect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { RpcClient } from '../rpc/client.ts';
import { RpcError } from '../rpc/frames.ts';
import { HsmConnection } from './connection.ts';
import { hsmServerName, readCertificate, refuseCertificate } from './identity.ts';
import type { HsmIdentity } from './identity.ts';

export interface ConnectHsmOptions extends HsmIdentity {
  host: string;
  port: number;
  /**
   * PEM of the operator's CA certificate (`customerCA.crt`). Without it only an uninitialised HSM is spoken to, and only
   * the verbs that carry no secret are allowed: the ceremony's first step.
   */
  trustAnchor?: string;
  /** For TCP and TLS together. */
  timeoutMs: number;
  /** The clock for validity periods of certificates. */
  now?: () => Date;
}

/** Codes that connecting fails with (RpcError.code), beside DEADLINE. */
export const ConnectErrorCode = {
  /** The peer is not the HSM it should be, or not under the trust anchor. Nothing was sent to it. */
  untrustedHsm: 'UNTRUSTED_HSM',
  /** TCP or TLS did not come about. */
  unreachable: 'UNREACHABLE',
} as const;

/**
 * Connects to an HSM and checks who it is before anything is sent.
 * @throws RpcError UNTRUSTED_HSM, UNREACHABLE, or DEADLINE after `timeoutMs`
 */
export async function connectHsm(options: ConnectHsmOptions): Promise<HsmConnection> {
  const deadline = performance.now() + options.timeoutMs;
  const socket = await openTls(options);
  const certificate = socket.getPeerX509Certificate(); // once: Node 20 gives nothing the second time
  const reason = refusal(socket, certificate, options);
  if (reason !== undefined) {
    socket.destroy();
    throw new RpcError(ConnectErrorCode.untrustedHsm, reason);
  }
  const verified = options.trustAnchor !== undefined;
  const connection = new HsmConnection(new RpcClient(socket), certificate, verified);
  if (!verified) await requireUninitialised(connection, Math.max(1, deadline - performance.now()));
  return connection;
}

function openTls({ host, port, trustAnchor, timeoutMs, ...identity }: ConnectHsmOptions): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const socket = tlsConnect({
      host,
      port,
      servername: hsmServerName(identity),
      minVersion: 'TLSv1.3',
      ca: trustAnchor === undefined ? [] : [trustAnchor],
      // Who the peer is gets judged in refusal(), once the handshake has proved that it holds its certificate's key.
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
    });
    const fail = (code: string, message: string): void => {
      clearTimeout(timer);
      socket.destroy();
      reject(new RpcError(code, message));
    };
    const timer = setTimeout(() => fail('DEADLINE', `${host}:${port} did not answer in time`), timeoutMs);
    const onError = (error: NodeJS.ErrnoException): void =>
      fail(ConnectErrorCode.unreachable, `${host}:${port} cannot be reached: ${error.code ?? error.message}`);
    socket.once('error', onError);
    socket.once('secureConnect', () => {
      clearTimeout(timer);
      socket.off('error', onError);
      socket.on('error', () => socket.destroy());
      socket.setNoDelay(true);
      resolve(socket);
    });
  });
}

/** Why the peer must not be spoken to, or `undefined`. */
function refusal(
  socket: TLSSocket,
  certificate: X509Certificate | undefined,
  options: ConnectHsmOptions,
): string | undefined {
  if (options.trustAnchor === undefined) return undefined;
  if (certificate === undefined) return 'the peer has no certificate';
  const now = options.now?.() ?? new Date();
  const reason = refuseCertificate(certificate, readCertificate(options.trustAnchor), options, now);
  if (reason !== undefined) return reason;
  // OpenSSL's own verdict (key usage, basic constraints, …), by the machine's clock.
  return socket.authorized
    ? undefined
    : `the certificate does not verify: ${String(socket.authorizationError)}`;
}

async function requireUninitialised(connection: HsmConnection, timeoutMs: number): Promise<void> {
  try {
    const { state } = await connection.describe(timeoutMs);
    if (state !== 'UNINITIALIZED') {
      throw new RpcError(
        ConnectErrorCode.untrustedHsm,
        `an HSM in state ${state} is spoken to under a trust anchor only`,
      );
    }
  } catch (error) {
    connection.close();
    throw error;
  }
}
