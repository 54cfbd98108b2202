/** The calls of one connection to an HSM, typed. Bytes are Buffers here; their form on the wire is src/rpc's affair. */
import type { X509Certificate } from 'node:crypto';
import type { RpcClient } from '../rpc/client.ts';
import { CryptoVerb, encodeDataKeyLength, encodeKeyUse, encodeRandom } from '../rpc/crypto-messages.ts';
import type { KeyUse } from '../rpc/crypto-messages.ts';
import { RpcError } from '../rpc/frames.ts';
import type { Approval, QuorumPolicy } from '../rpc/quorum.ts';
import { HsmVerb } from '../rpc/hsm-messages.ts';
import type {
  Epoch,
  ExportKeyRequest,
  GenerateKeyRequest,
  HsmDescription,
  HsmLogEntry,
  HsmUser,
  Inventory,
  ImportKeyRequest,
  KeyAttributes,
  KeyReport,
  LogText,
  LoginUserRequest,
  HsmVitals,
  ModuleReport,
  ReadLogRequest,
  ReadLogTextRequest,
  TransportKey,
} from '../rpc/hsm-messages.ts';

/** Time limits in milliseconds, by what the HSM has to do. Every call takes another one as its last argument. */
const LIMIT = {
  /** Symmetric cryptography: the caller goes to another HSM after this. */
  use: 250,
  ping: 250,
  /** Reads of memory. */
  look: 2_000,
  /** Key objects: generate, wrap, unwrap, destroy, each synced to disk. */
  key: 5_000,
  /** Password hashing and token rewrites. */
  login: 5_000,
  /** A new token with an RSA-3072 key pair, or all tokens rewritten. */
  token: 30_000,
} as const;

/** Verbs that carry no secret and change nothing that the trust anchor protects: all that an unverified peer gets. */
const VERBS_BEFORE_TRUST: ReadonlySet<number> = new Set([
  HsmVerb.Describe,
  HsmVerb.Ping,
  HsmVerb.GetCertificateRequest,
  HsmVerb.Initialize,
]);

/** What GenerateDataKey gives: views into one buffer; wipe `plaintext` after use. */
export interface DataKey {
  plaintext: Buffer;
  /** The store's part of the ciphertext. */
  ciphertext: Buffer;
}

const NOTHING = Buffer.alloc(0);

/**
 * One connection, with at most one login. Every call throws RpcError: the HSM's own codes (HsmErrorCode,
 * CryptoErrorCode), CONNECTION_LOST, DEADLINE, or UNTRUSTED_HSM for a verb that an unverified peer does not get.
 */
export class HsmConnection {
  readonly #client: RpcClient;
  /** The peer's certificate was checked against a trust anchor. */
  readonly verified: boolean;
  /** What the peer showed in the TLS handshake. */
  readonly peerCertificate: X509Certificate | undefined;

  /** For connectHsm. */
  constructor(client: RpcClient, peerCertificate: X509Certificate | undefined, verified: boolean) {
    this.#client = client;
    this.peerCertificate = peerCertificate;
    this.verified = verified;
  }

  /** Calls that wait for their answer. */
  get inFlight(): number {
    return this.#client.inFlight;
  }

  /** performance.now() time at which the HSM last sent anything. */
  get lastHeard(): number {
    return this.#client.lastHeard;
  }

  get closed(): boolean {
    return this.#client.closed;
  }

  /** Called once, when the connection has ended for whatever reason. */
  onClose(listener: () => void): void {
    this.#client.onClose(listener);
  }

  close(): void {
    this.#client.close();
  }

  // ---- cryptography (crypto user)

  /** @returns the store's part of the ciphertext */
  encrypt(use: KeyUse, plaintext: Buffer, timeoutMs: number = LIMIT.use): Promise<Buffer> {
    return this.#call(CryptoVerb.Encrypt, encodeKeyUse(use, plaintext), timeoutMs);
  }

  /** @returns the plaintext: a view into the received bytes, which the caller wipes after use */
  decrypt(use: KeyUse, ciphertext: Buffer, timeoutMs: number = LIMIT.use): Promise<Buffer> {
    return this.#call(CryptoVerb.Decrypt, encodeKeyUse(use, ciphertext), timeoutMs);
  }

  /** @param bytes length of the data key, 1 to 1024 */
  async generateDataKey(use: KeyUse, bytes: number, timeoutMs: number = LIMIT.use): Promise<DataKey> {
    const payload = encodeKeyUse(use, encodeDataKeyLength(bytes));
    const answer = await this.#call(CryptoVerb.GenerateDataKey, payload, timeoutMs);
    return { plaintext: answer.subarray(0, bytes), ciphertext: answer.subarray(bytes) };
  }

  /** @returns the store's part of the ciphertext of a data key of `bytes` bytes that never left the HSM */
  generateDataKeyWithoutPlaintext(
    use: KeyUse,
    bytes: number,
    timeoutMs: number = LIMIT.use,
  ): Promise<Buffer> {
    const payload = encodeKeyUse(use, encodeDataKeyLength(bytes));
    return this.#call(CryptoVerb.GenerateDataKeyWithoutPlaintext, payload, timeoutMs);
  }

  /** @param requestId 16 bytes @param bytes 1 to 1024 */
  random(requestId: Buffer, bytes: number, timeoutMs: number = LIMIT.use): Promise<Buffer> {
    return this.#call(CryptoVerb.Random, encodeRandom(requestId, bytes), timeoutMs);
  }

  /** @returns a new derivation key, wrapped under the key: 40 bytes */
  generateDerivationKey(use: KeyUse, timeoutMs: number = LIMIT.use): Promise<Buffer> {
    return this.#call(CryptoVerb.GenerateDerivationKey, encodeKeyUse(use, NOTHING), timeoutMs);
  }

  /** @param wrapped the derivation key, 40 bytes @returns salt, nonce, ciphertext, tag */
  encryptDerived(
    use: KeyUse,
    wrapped: Buffer,
    plaintext: Buffer,
    timeoutMs: number = LIMIT.use,
  ): Promise<Buffer> {
    return this.#call(CryptoVerb.EncryptDerived, encodeKeyUse(use, wrapped, plaintext), timeoutMs);
  }

  /** @param sealed as encryptDerived answered @returns as decrypt */
  decryptDerived(
    use: KeyUse,
    wrapped: Buffer,
    sealed: Buffer,
    timeoutMs: number = LIMIT.use,
  ): Promise<Buffer> {
    return this.#call(CryptoVerb.DecryptDerived, encodeKeyUse(use, wrapped, sealed), timeoutMs);
  }

  // ---- anyone

  describe(timeoutMs: number = LIMIT.look): Promise<HsmDescription> {
    return this.#json(HsmVerb.Describe, {}, timeoutMs);
  }

  async ping(timeoutMs: number = LIMIT.ping): Promise<void> {
    await this.#call(HsmVerb.Ping, NOTHING, timeoutMs);
  }

  /** @returns PEM */
  async getCertificateRequest(timeoutMs: number = LIMIT.look): Promise<string> {
    const answer = await this.#json<{ certificateRequest: string }>(
      HsmVerb.GetCertificateRequest,
      {},
      timeoutMs,
    );
    return answer.certificateRequest;
  }

  /** Both PEM. */
  async initialize(certificate: string, trustAnchor: string, timeoutMs: number = LIMIT.key): Promise<void> {
    await this.#json(HsmVerb.Initialize, { certificate, trustAnchor }, timeoutMs);
  }

  moduleReport(timeoutMs: number = LIMIT.look): Promise<ModuleReport> {
    return this.#json(HsmVerb.ModuleReport, {}, timeoutMs);
  }

  // ---- crypto officer

  async activate(password: string, timeoutMs: number = LIMIT.login): Promise<void> {
    await this.#json(HsmVerb.Activate, { password }, timeoutMs);
  }

  async loginOfficer(name: string, password: string, timeoutMs: number = LIMIT.login): Promise<void> {
    await this.#json(HsmVerb.LoginOfficer, { name, password }, timeoutMs);
  }

  async createUser(name: string, password: string, timeoutMs: number = LIMIT.token): Promise<void> {
    await this.#json(HsmVerb.CreateUser, { name, password }, timeoutMs);
  }

  async deleteUser(name: string, timeoutMs: number = LIMIT.token): Promise<void> {
    await this.#json(HsmVerb.DeleteUser, { name }, timeoutMs);
  }

  listUsers(timeoutMs: number = LIMIT.look): Promise<HsmUser[]> {
    return this.#json(HsmVerb.ListUsers, {}, timeoutMs);
  }

  async setUserPassword(name: string, password: string, timeoutMs: number = LIMIT.token): Promise<void> {
    await this.#json(HsmVerb.SetUserPassword, { name, password }, timeoutMs);
  }

  async setOfficerPassword(password: string, timeoutMs: number = LIMIT.token): Promise<void> {
    await this.#json(HsmVerb.SetOfficerPassword, { password }, timeoutMs);
  }

  /** Makes `peer` a destination that the user's keys may be wrapped for. */
  async enrolPeer(user: string, peer: TransportKey, timeoutMs: number = LIMIT.key): Promise<void> {
    await this.#json(HsmVerb.EnrolPeer, { user, peer }, timeoutMs);
  }

  listPeers(user: string, timeoutMs: number = LIMIT.look): Promise<TransportKey[]> {
    return this.#json(HsmVerb.ListPeers, { user }, timeoutMs);
  }

  async removePeer(user: string, hsmId: string, timeoutMs: number = LIMIT.key): Promise<void> {
    await this.#json(HsmVerb.RemovePeer, { user, hsmId }, timeoutMs);
  }

  /** Keys and epoch of the user's partition, while the user is logged in. */
  inventory(user: string, timeoutMs: number = LIMIT.key): Promise<Inventory> {
    return this.#json(HsmVerb.Inventory, { user }, timeoutMs);
  }

  async getQuorum(timeoutMs: number = LIMIT.look): Promise<QuorumPolicy | undefined> {
    return (await this.#json<QuorumPolicy | null>(HsmVerb.GetQuorum, {}, timeoutMs)) ?? undefined;
  }

  async setQuorum(policy: QuorumPolicy, timeoutMs: number = LIMIT.login): Promise<void> {
    await this.#json(HsmVerb.SetQuorum, policy, timeoutMs);
  }

  /** Also for a crypto user: gives this connection what several persons approved. */
  async useApproval(approval: Approval, timeoutMs: number = LIMIT.login): Promise<void> {
    await this.#json(HsmVerb.UseApproval, approval, timeoutMs);
  }

  /** Ends the logins of crypto users and lets no new one in. */
  async drain(timeoutMs: number = LIMIT.look): Promise<void> {
    await this.#json(HsmVerb.Drain, {}, timeoutMs);
  }

  async undrain(timeoutMs: number = LIMIT.look): Promise<void> {
    await this.#json(HsmVerb.Undrain, {}, timeoutMs);
  }

  // ---- crypto user

  async loginUser(request: LoginUserRequest, timeoutMs: number = LIMIT.login): Promise<void> {
    await this.#json(HsmVerb.LoginUser, request, timeoutMs);
  }

  async logout(timeoutMs: number = LIMIT.look): Promise<void> {
    await this.#json(HsmVerb.Logout, {}, timeoutMs);
  }

  async changePassword(
    oldPassword: string,
    newPassword: string,
    timeoutMs: number = LIMIT.login,
  ): Promise<void> {
    await this.#json(HsmVerb.ChangePassword, { oldPassword, newPassword }, timeoutMs);
  }

  generateKey(request: GenerateKeyRequest, timeoutMs: number = LIMIT.key): Promise<KeyReport> {
    return this.#json(HsmVerb.GenerateKey, request, timeoutMs);
  }

  /** @returns the key wrapped for the peer, base64 */
  async exportKey(request: ExportKeyRequest, timeoutMs: number = LIMIT.key): Promise<string> {
    const { wrappedKey } = await this.#json<{ wrappedKey: string }>(HsmVerb.ExportKey, request, timeoutMs);
    return wrappedKey;
  }

  importKey(request: ImportKeyRequest, timeoutMs: number = LIMIT.key): Promise<KeyReport> {
    return this.#json(HsmVerb.ImportKey, request, timeoutMs);
  }

  async destroyKey(materialId: string, timeoutMs: number = LIMIT.key): Promise<void> {
    await this.#json(HsmVerb.DestroyKey, { materialId }, timeoutMs);
  }

  listKeys(timeoutMs: number = LIMIT.key): Promise<{ materialId: string; label: string; check?: string }[]> {
    return this.#json(HsmVerb.ListKeys, {}, timeoutMs);
  }

  /** Computes the check value anew. */
  checkKey(materialId: string, timeoutMs: number = LIMIT.look): Promise<KeyReport> {
    return this.#json(HsmVerb.CheckKey, { materialId }, timeoutMs);
  }

  keyAttributes(materialId: string, timeoutMs: number = LIMIT.look): Promise<KeyAttributes> {
    return this.#json(HsmVerb.KeyAttributes, { materialId }, timeoutMs);
  }

  async forgetKey(materialId: string, timeoutMs: number = LIMIT.look): Promise<void> {
    await this.#json(HsmVerb.ForgetKey, { materialId }, timeoutMs);
  }

  getEpoch(timeoutMs: number = LIMIT.look): Promise<Epoch | undefined> {
    return this.#json(HsmVerb.GetEpoch, {}, timeoutMs);
  }

  async setEpoch(epoch: Epoch, timeoutMs: number = LIMIT.key): Promise<void> {
    await this.#json(HsmVerb.SetEpoch, epoch, timeoutMs);
  }

  getTransportKey(user: string, timeoutMs: number = LIMIT.look): Promise<TransportKey> {
    return this.#json(HsmVerb.GetTransportKey, { user }, timeoutMs);
  }

  // ---- officer or crypto user

  vitals(timeoutMs: number = LIMIT.look): Promise<HsmVitals> {
    return this.#json(HsmVerb.Vitals, {}, timeoutMs);
  }

  // ---- log

  readLog(request: ReadLogRequest, timeoutMs: number = LIMIT.key): Promise<HsmLogEntry[]> {
    return this.#json(HsmVerb.ReadLog, request, timeoutMs);
  }

  /** The log as text, with the HSM's signature over where it stands. */
  readLogText(request: ReadLogTextRequest, timeoutMs: number = LIMIT.key): Promise<LogText> {
    return this.#json(HsmVerb.ReadLogText, request, timeoutMs);
  }

  #call(verb: number, payload: Buffer, timeoutMs: number): Promise<Buffer> {
    if (!this.verified && !VERBS_BEFORE_TRUST.has(verb)) {
      return Promise.reject(new RpcError('UNTRUSTED_HSM', 'the peer was not verified under a trust anchor'));
    }
    return this.#client.call(verb, payload, timeoutMs);
  }

  async #json<Answer>(verb: number, request: unknown, timeoutMs: number): Promise<Answer> {
    const payload = Buffer.from(JSON.stringify(request));
    const answer = await this.#call(verb, payload, timeoutMs).finally(() => payload.fill(0)); // it may hold a password
    return JSON.parse(answer.toString('utf8')) as Answer;
  }
}
