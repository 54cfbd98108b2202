/** The custom key store over an HSM cluster: every operation is performed inside an HSM. Origin AWS_CLOUDHSM. */
import type { KeyUse } from '../../rpc/crypto-messages.ts';
import type { DataKey, KeyDerivation, KeyStore, KeyUseContext } from '../key-store.ts';
import { createBackingKey } from './creation.ts';
import type { CreatedBackingKey } from './creation.ts';
import type { HsmCluster } from './hsm-cluster.ts';

/** Suite 2 of docs/formats.md: wrapped message key, nonce, ciphertext, tag. */
const SUITE = 2;

export class HsmClusterKeyStore implements KeyStore, KeyDerivation {
  readonly suite = SUITE;
  readonly #cluster: HsmCluster;
  readonly #recoveryHsmId: string;

  constructor(cluster: HsmCluster, recoveryHsmId: string) {
    this.#cluster = cluster;
    this.#recoveryHsmId = recoveryHsmId;
  }

  get clusterId(): string {
    return this.#cluster.clusterId;
  }

  get cluster(): HsmCluster {
    return this.#cluster;
  }

  encrypt(use: KeyUseContext, plaintext: Buffer): Promise<Buffer> {
    const key = keyUse(use);
    return this.#cluster.perform(use.material.id, (hsm, timeoutMs) => hsm.encrypt(key, plaintext, timeoutMs));
  }

  decrypt(use: KeyUseContext, sealed: Buffer): Promise<Buffer> {
    const key = keyUse(use);
    return this.#cluster.perform(use.material.id, (hsm, timeoutMs) => hsm.decrypt(key, sealed, timeoutMs));
  }

  async generateDataKey(use: KeyUseContext, bytes: number): Promise<DataKey> {
    const key = keyUse(use);
    const { plaintext, ciphertext } = await this.#cluster.perform(use.material.id, (hsm, timeoutMs) =>
      hsm.generateDataKey(key, bytes, timeoutMs),
    );
    return { plaintext, sealed: ciphertext };
  }

  generateDataKeyWithoutPlaintext(use: KeyUseContext, bytes: number): Promise<Buffer> {
    const key = keyUse(use);
    return this.#cluster.perform(use.material.id, (hsm, timeoutMs) =>
      hsm.generateDataKeyWithoutPlaintext(key, bytes, timeoutMs),
    );
  }

  random(requestId: Buffer, bytes: number): Promise<Buffer> {
    return this.#cluster.perform(undefined, (hsm, timeoutMs) => hsm.random(requestId, bytes, timeoutMs));
  }

  get derivation(): KeyDerivation {
    return this;
  }

  generateDerivationKey(use: KeyUseContext): Promise<Buffer> {
    const key = keyUse(use);
    return this.#cluster.perform(use.material.id, (hsm, timeoutMs) =>
      hsm.generateDerivationKey(key, timeoutMs),
    );
  }

  encryptDerived(use: KeyUseContext, derivationKey: Buffer, plaintext: Buffer): Promise<Buffer> {
    const key = keyUse(use);
    return this.#cluster.perform(use.material.id, (hsm, timeoutMs) =>
      hsm.encryptDerived(key, derivationKey, plaintext, timeoutMs),
    );
  }

  decryptDerived(use: KeyUseContext, derivationKey: Buffer, sealed: Buffer): Promise<Buffer> {
    const key = keyUse(use);
    return this.#cluster.perform(use.material.id, (hsm, timeoutMs) =>
      hsm.decryptDerived(key, derivationKey, sealed, timeoutMs),
    );
  }

  /** Generates a backing key in the cluster. @throws ClusterTooSmall, KeyStoreUnavailable */
  createBackingKey(materialId: string, keyArn: string): Promise<CreatedBackingKey> {
    return createBackingKey(this.#cluster, this.#recoveryHsmId, materialId, keyArn);
  }

  /** Destroys what tombstones name, soon. */
  requestSweep(): void {
    this.#cluster.repair.sweep().catch((error: unknown) => {
      this.#cluster.ports.logger.warn({ err: error }, 'a sweep was interrupted');
    });
  }

  /** Has every HSM forget handles and message keys of a key that may not be used now. */
  forgetKey(materialId: string): void {
    for (const link of this.#cluster.serving) {
      link.connection.forgetKey(materialId).catch(() => undefined); // an HSM that is away has no caches
    }
  }
}

function keyUse(use: KeyUseContext): KeyUse {
  const { material, requestId, aad } = use;
  return { keyRef: material.ref, check: material.check, requestId, aad };
}
