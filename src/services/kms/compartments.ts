/** Which calls to key stores share a compartment (src/admission): each store has one, and each kind of costly operation. */
import { HeavyCompartment, StoreCompartment } from '../../admission/compartments.ts';
import type { Compartment, CompartmentPorts } from '../../admission/compartments.ts';
import type { Admission } from '../../configuration/admission.ts';
import type { AsymmetricKeys } from '../../keystores/builtin/asymmetric-keys.ts';
import type { KeyDerivation, KeyStore } from '../../keystores/key-store.ts';

/** Searching primes takes seconds, and those who wait for them know it. */
const PRIMES_WAIT_MS = 20_000;
/** What the crypto process does in its one thread that answers: anything else waits meanwhile. */
const IN_ITS_THREAD = { atOnce: 1 };

export class Compartments {
  readonly #ports: CompartmentPorts;
  readonly #settings: Admission;
  readonly #stores = new WeakMap<KeyStore, KeyStore>();
  readonly #rsa: Compartment;
  readonly #primes: Compartment;
  readonly #lattice: Compartment;
  readonly #agreement: Compartment;

  constructor(settings: Admission, ports: CompartmentPorts) {
    const { rsaAtOnce: atOnce, waitMilliseconds: waitMs } = settings;
    this.#settings = settings;
    this.#ports = ports;
    this.#rsa = new HeavyCompartment({ atOnce, waitMs }, ports);
    this.#primes = new HeavyCompartment({ atOnce, waitMs: PRIMES_WAIT_MS }, ports);
    this.#lattice = new HeavyCompartment({ ...IN_ITS_THREAD, waitMs }, ports);
    this.#agreement = new HeavyCompartment({ ...IN_ITS_THREAD, waitMs }, ports);
  }

  /** The store as calls are to use it. */
  store(store: KeyStore): KeyStore {
    let guarded = this.#stores.get(store);
    if (guarded === undefined) {
      const { perHangingKeyStore: hanging, inFlight: slow } = this.#settings;
      guarded = inCompartment(store, new StoreCompartment({ hanging, slow }, this.#ports));
      this.#stores.set(store, guarded);
    }
    return guarded;
  }

  /** The built-in store's asymmetric keys as calls are to use them. */
  asymmetric(keys: AsymmetricKeys): AsymmetricKeys {
    return {
      ...keys,
      sign: (use, input) => this.#ofAlgorithm(input.algorithm, () => keys.sign(use, input)),
      verify: (key, signature, input) => {
        const work = (): Promise<boolean> => keys.verify(key, signature, input);
        return isRsa(input.algorithm) ? work() : this.#ofAlgorithm(input.algorithm, work); // RSA's public half is quick
      },
      decrypt: (use, algorithm, ciphertext) => this.#rsa.run(() => keys.decrypt(use, algorithm, ciphertext)),
      deriveSharedSecret: (use, peer) => this.#agreement.run(() => keys.deriveSharedSecret(use, peer)),
      encapsulate: (key) => this.#lattice.run(() => keys.encapsulate(key)),
      decapsulate: (use, ciphertext) => this.#lattice.run(() => keys.decapsulate(use, ciphertext)),
      generateDataKeyPair: (use, type, withPlaintext) =>
        this.generation(type, () => keys.generateDataKeyPair(use, type, withPlaintext)),
    };
  }

  /** Makes key material. @param type key spec, or the crypto process's name of the kind of key */
  generation<T>(type: string, work: () => Promise<T>): Promise<T> {
    return isRsa(type) ? this.#primes.run(work) : this.#ofAlgorithm(type, work);
  }

  #ofAlgorithm<T>(name: string, work: () => Promise<T>): Promise<T> {
    if (isRsa(name)) return this.#rsa.run(work);
    return name.startsWith('ML_') || name.startsWith('ED25519_PH') ? this.#lattice.run(work) : work();
  }
}

function isRsa(name: string): boolean {
  return name.startsWith('RSA');
}

function inCompartment(store: KeyStore, compartment: Compartment): KeyStore {
  const { derivation } = store;
  return {
    suite: store.suite,
    encrypt: (use, plaintext) => compartment.run(() => store.encrypt(use, plaintext)),
    decrypt: (use, sealed) => compartment.run(() => store.decrypt(use, sealed)),
    generateDataKey: (use, bytes) => compartment.run(() => store.generateDataKey(use, bytes)),
    generateDataKeyWithoutPlaintext: (use, bytes) =>
      compartment.run(() => store.generateDataKeyWithoutPlaintext(use, bytes)),
    random: (requestId, bytes) => compartment.run(() => store.random(requestId, bytes)),
    ...(derivation !== undefined && { derivation: derivationIn(derivation, compartment) }),
  };
}

function derivationIn(store: KeyDerivation, compartment: Compartment): KeyDerivation {
  return {
    generateDerivationKey: (use) => compartment.run(() => store.generateDerivationKey(use)),
    encryptDerived: (use, key, plaintext) => compartment.run(() => store.encryptDerived(use, key, plaintext)),
    decryptDerived: (use, key, sealed) => compartment.run(() => store.decryptDerived(use, key, sealed)),
  };
}
