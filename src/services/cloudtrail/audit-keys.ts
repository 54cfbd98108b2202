/**
 * The keys that sign the trail: RSA for digest files, one a Region as AWS has it; Ed25519 for checkpoints and tombstones of
 * the journal. They are made, kept and used by the crypto process; the database holds them encrypted.
 */
import { randomBytes } from 'node:crypto';
import { fingerprintOf } from '../../audit/public-keys.ts';
import type { PublicAuditKey } from '../../audit/public-keys.ts';
import type { BuiltinKeyStore } from '../../keystores/builtin/builtin-key-store.ts';
import { allAuditKeys, insertAuditKey, listAuditKeys } from '../../storage/audit-keys.ts';
import type { AuditKeyRow } from '../../storage/schema.ts';
import type { RowMac } from '../../storage/row-mac.ts';
import type { Database } from '../../storage/store.ts';

export interface AuditSigner {
  /** 32 hex digits. */
  readonly fingerprint: string;
  /** DER SubjectPublicKeyInfo. */
  readonly publicKey: Buffer;
  /** @throws KeyStoreUnavailable */
  sign(message: Buffer): Promise<Buffer>;
}

type Purpose = AuditKeyRow['purpose'];

const KINDS = {
  digest: { type: 'RSA_2048', algorithm: 'RSASSA_PKCS1_V1_5_SHA_256' },
  checkpoint: { type: 'ECC_NIST_EDWARDS25519', algorithm: 'ED25519_SHA_512' },
} as const;

/** A key signs for a year; one that is used up is kept for verification. */
const VALID_MS = 365 * 86_400_000;

export interface AuditKeyPorts {
  readonly db: Database;
  readonly mac: RowMac;
  readonly builtin: BuiltinKeyStore;
  readonly clock: () => number;
  /** Told of all keys when there is a new one. */
  readonly published: (keys: readonly PublicAuditKey[]) => Promise<void>;
}

export class AuditKeys {
  readonly #ports: AuditKeyPorts;
  readonly #current = new Map<string, { row: AuditKeyRow; signer: AuditSigner }>();
  #making: Promise<unknown> = Promise.resolve();

  constructor(ports: AuditKeyPorts) {
    this.#ports = ports;
  }

  /** The key that signs now, made when there is none. @param region of digests @throws KeyStoreUnavailable, RowTampered */
  async signer(purpose: Purpose, region: string | null): Promise<AuditSigner> {
    const name = `${purpose} ${region ?? ''}`;
    const known = this.#current.get(name);
    if (known !== undefined && known.row.valid_to > this.#ports.clock()) return known.signer;
    const making = this.#making.then(() => this.#load(name, purpose, region));
    this.#making = making.catch(() => undefined);
    return making;
  }

  /** All that were ever made. @throws RowTampered */
  async publicKeys(): Promise<PublicAuditKey[]> {
    const rows = await allAuditKeys(this.#ports.db, this.#ports.mac);
    return rows.map((row) => ({
      fingerprint: row.fingerprint,
      purpose: row.purpose,
      region: row.region,
      publicKey: row.public_key.toString('base64'),
      validFrom: new Date(row.valid_from).toISOString(),
      validTo: new Date(row.valid_to).toISOString(),
    }));
  }

  /** Tells of the keys again: what they were told to may be gone. */
  async publish(): Promise<void> {
    await this.#ports.published(await this.publicKeys());
  }

  async #load(name: string, purpose: Purpose, region: string | null): Promise<AuditSigner> {
    const { db, mac, clock } = this.#ports;
    const [newest] = await listAuditKeys(db, mac, purpose, region);
    const isGood = newest !== undefined && newest.valid_to > clock();
    if (isGood) await this.publish(); // another process may have made it, and told of it at its own node
    const row = isGood ? newest : await this.#make(purpose, region);
    const signer = this.#signerOf(row);
    this.#current.set(name, { row, signer });
    return signer;
  }

  async #make(purpose: Purpose, region: string | null): Promise<AuditKeyRow> {
    const { db, mac, builtin, clock } = this.#ports;
    const materialId = randomBytes(32).toString('hex');
    const made = await builtin.createKey(materialId, ownerOf(purpose, region), KINDS[purpose].type);
    if (made.publicKey === null) throw new Error('a signing key without a public key');
    const row = {
      fingerprint: fingerprintOf(purpose, made.publicKey),
      purpose,
      region,
      material_id: materialId,
      encrypted_key: made.encryptedKey,
      key_check: made.check.toString('hex'),
      public_key: made.publicKey,
      valid_from: clock(),
      valid_to: clock() + VALID_MS,
    };
    await insertAuditKey(db, mac, row);
    await this.publish();
    return mac.seal('audit_keys', row);
  }

  #signerOf(row: AuditKeyRow): AuditSigner {
    const check = Buffer.from(row.key_check, 'hex');
    const material = {
      id: row.material_id,
      ref: check,
      check,
      encryptedKey: row.encrypted_key,
      handle: null,
      publicKey: row.public_key,
    };
    const keyArn = ownerOf(row.purpose, row.region);
    const { algorithm } = KINDS[row.purpose];
    return {
      fingerprint: row.fingerprint,
      publicKey: row.public_key,
      sign: async (message) =>
        Buffer.from(
          await this.#ports.builtin.asymmetric.sign(
            { material, keyArn, requestId: Buffer.alloc(16) },
            { algorithm, messageType: 'RAW', message },
          ),
        ),
    };
  }
}

/** What the encrypted key is bound to: no KMS key has such a name. */
function ownerOf(purpose: Purpose, region: string | null): string {
  return `claviger audit key ${purpose} ${region ?? ''}`;
}
