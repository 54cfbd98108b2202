/**
 * The tables as TypeScript sees them: one schema for every engine. Times are milliseconds since 1970, booleans 0 or 1,
 * so that SQLite and PostgreSQL return the same values. `mac` columns: row-mac.ts.
 */
import type { Insertable, Selectable } from 'kysely';
import type {
  AuditKeyTable,
  DigestChainTable,
  TrailProgressTable,
  TrailTable,
  TrailTagTable,
  UndigestedFileTable,
} from './schema-trails.ts';
import type { GrantTable, KeyLastUsageTable } from './schema-grants.ts';
import type { HsmLogSchema } from './schema-hsm-logs.ts';
import type { IamTables } from './schema-iam.ts';
import type { NodeTables } from './schema-nodes.ts';

export interface Schema extends HsmLogSchema, IamTables, NodeTables {
  installation: InstallationTable;
  accounts: AccountTable;
  access_keys: AccessKeyTable;
  kms_keys: KmsKeyTable;
  key_materials: KeyMaterialTable;
  key_tags: KeyTagTable;
  aliases: AliasTable;
  grants: GrantTable;
  key_last_usage: KeyLastUsageTable;
  custom_key_stores: CustomKeyStoreTable;
  clusters: ClusterTable;
  hsms: HsmTable;
  key_holders: KeyHolderTable;
  tombstones: TombstoneTable;
  tombstone_confirmations: TombstoneConfirmationTable;
  hsm_quarantine: QuarantineTable;
  cloudhsm_backups: ClusterBackupTable;
  cloudhsm_tags: CloudHsmTagTable;
  cloudhsm_policies: CloudHsmPolicyTable;
  audit_outbox: AuditOutboxTable;
  trails: TrailTable;
  trail_progress: TrailProgressTable;
  digest_chains: DigestChainTable;
  undigested_files: UndigestedFileTable;
  trail_tags: TrailTagTable;
  audit_keys: AuditKeyTable;
  meters: MeterTable;
}

/** Facts about this installation as a whole, by name. */
interface InstallationTable {
  name: string;
  value: string;
}

interface AccountTable {
  account_id: string;
  created_at: number;
  name: string | null;
}

interface AccessKeyTable {
  access_key_id: string;
  account_id: string;
  /** The root user's ARN, or the user's when the key was made. */
  principal_arn: string;
  /** Whose key it is, by unique id (`AIDA…`); null for a root user's. */
  user_id: string | null;
  /** Sealed by the crypto process. */
  secret_sealed: Buffer;
  status: 'Active' | 'Inactive';
  created_at: number;
  mac: string;
}

/** What is stored of a key's state; the KeyState that the API shows also depends on the key store's connection. */
export type StoredKeyState =
  | 'Creating'
  | 'Ready'
  | 'PendingDeletion'
  | 'Deleting'
  /** A replica that has not got its shared properties yet; the API says Creating. */
  | 'Replicating'
  /** The primary Region of its multi-Region key is being changed. */
  | 'Updating'
  /** A primary key to be deleted after its replicas. */
  | 'PendingReplicaDeletion';

interface KmsKeyTable {
  key_arn: string;
  account_id: string;
  region: string;
  key_id: string;
  key_spec: string;
  key_usage: string;
  origin: string;
  key_manager: string;
  state: StoredKeyState;
  /** What EnableKey and DisableKey set; counts in state Ready. */
  enabled: number;
  description: string;
  policy: string;
  custom_key_store_id: string | null;
  /** External key stores: the external key's id in its key manager. */
  xks_key_id: string | null;
  current_material_id: string | null;
  created_at: number;
  deletion_date: number | null;
  /** Multi-Region keys: JSON of MultiRegion (services/kms/multi-region.ts), the same in all related keys. */
  multi_region: string | null;
  /** PendingReplicaDeletion: the waiting period that begins when the last replica is gone. */
  pending_window_days: number | null;
  /** Automatic rotation: its period, null when it is off. */
  rotation_period_days: number | null;
  /** When the next automatic rotation is due. */
  next_rotation_at: number | null;
  /** How many rotations on demand there were. */
  on_demand_rotations: number | null;
  /** In state Creating: writer id of the process that makes it. */
  creator: string | null;
  mac: string;
}

/** Material that waits for its first rotation. */
export type PendingMaterial = 'PENDING_ROTATION' | 'PENDING_MULTI_REGION_IMPORT_AND_ROTATION';

interface KeyMaterialTable {
  /** Built-in: 64 hex digits, shared by related multi-Region keys. HSM cluster: 32 hex digits (CKA_ID). */
  material_id: string;
  key_arn: string;
  /** Built-in: the key encrypted by the crypto process; null while imported material is not there. HSM cluster: null. */
  encrypted_key: Buffer | null;
  /** 32 hex digits; null until the key exists. */
  key_check: string | null;
  /** HSM cluster: the handle that CloudTrail shows. */
  key_handle: string | null;
  /** HSM cluster: the key wrapped for the offline recovery HSM. */
  escrow: Buffer | null;
  /** DER SubjectPublicKeyInfo; null for keys that have none. */
  public_key: Buffer | null;
  created_at: number;
  /** Null for material that is, or was, the key's current one: it belongs to the key for good. */
  pending: PendingMaterial | null;
  /** How it became current; null for a key's first material. */
  rotation_type: 'AUTOMATIC' | 'ON_DEMAND' | null;
  rotated_at: number | null;
  /** Imported material only: KeyMaterialDescription. */
  description: string | null;
  /** Imported material only, while it is there. */
  expiration_model: 'KEY_MATERIAL_EXPIRES' | 'KEY_MATERIAL_DOES_NOT_EXPIRE' | null;
  valid_to: number | null;
  mac: string;
}

interface KeyTagTable {
  key_arn: string;
  tag_key: string;
  tag_value: string;
}

interface AliasTable {
  /** `arn:aws:kms:<region>:<account>:alias/<name>` */
  alias_arn: string;
  account_id: string;
  region: string;
  alias_name: string;
  target_key_arn: string;
  created_at: number;
  updated_at: number;
  mac: string;
}

export type ConnectionState = 'CONNECTED' | 'CONNECTING' | 'FAILED' | 'DISCONNECTED' | 'DISCONNECTING';

interface CustomKeyStoreTable {
  custom_key_store_id: string;
  account_id: string;
  region: string;
  name: string;
  type: 'AWS_CLOUDHSM' | 'EXTERNAL_KEY_STORE';
  /** HSM clusters only, as is the trust anchor. */
  cluster_id: string | null;
  trust_anchor: string | null;
  /** External key stores: JSON of ProxyConfiguration (services/kms/proxy-configuration.ts). */
  proxy: string | null;
  /** The kmsuser password, or the secret access key for the proxy; sealed by the crypto process. */
  password_sealed: Buffer;
  /** The password that a rotation is putting in place; promoted when every HSM has it. */
  next_password_sealed: Buffer | null;
  connection_state: ConnectionState;
  connection_error_code: string | null;
  created_at: number;
  mac: string;
}

interface ClusterTable {
  cluster_id: string;
  account_id: string;
  region: string;
  state: string;
  hsm_type: string;
  /** PEM of the operator's CA certificate. */
  trust_anchor: string | null;
  /** PEM; clusters with one backup history share it. */
  cluster_certificate: string | null;
  /** JSON: availability zone to subnet id. */
  subnet_mapping: string;
  recovery_hsm_id: string | null;
  created_at: number;
  /** What DescribeClusters shows beside the state. */
  state_message: string | null;
  mode: 'FIPS' | 'NON_FIPS' | null;
  backup_retention_days: number | null;
  source_backup_id: string | null;
  /** PEM of the first HSM's certificate request, until the cluster is initialised. */
  cluster_csr: string | null;
  /** Until when HsmType may be set back. */
  type_rollback_until: number | null;
  deleted_at: number | null;
  /** A backup is to be made as soon as an HSM can give one: why. */
  backup_due: 'activation' | 'new HSM' | 'removed HSM' | null;
  mac: string;
}

interface HsmTable {
  hsm_id: string;
  cluster_id: string;
  availability_zone: string;
  subnet_id: string;
  state: string;
  /** Counter of the newest epoch object that was written to this HSM. */
  epoch_counter: number;
  created_at: number;
  state_message: string | null;
  /** Address that CreateHsm was asked for, or that was chosen. */
  eni_ip: string | null;
  /** `local`: its process is run by the supervisor. `remote`: it is one of the configured remote HSMs. */
  host_kind: 'local' | 'remote' | null;
  /** The backup that it begins from; null for one that begins empty. */
  image_backup_id: string | null;
  mac: string;
}

/** Which HSM holds which key: what repair restores. */
interface KeyHolderTable {
  material_id: string;
  hsm_id: string;
}

/** A key object that must be gone from every HSM of a cluster; stays until each of them confirmed. */
interface TombstoneTable {
  material_id: string;
  cluster_id: string;
  key_arn: string;
  created_at: number;
  mac: string;
}

/** That an HSM confirmed that a tombstone's key is gone from it. */
interface TombstoneConfirmationTable {
  material_id: string;
  hsm_id: string;
}

/** Key objects on HSMs that are on no record: listed, and never destroyed by the server itself. */
interface QuarantineTable {
  hsm_id: string;
  material_id: string;
  cluster_id: string;
  label: string;
  first_seen_at: number;
}

interface ClusterBackupTable {
  backup_id: string;
  account_id: string;
  region: string;
  cluster_id: string;
  state: 'CREATE_IN_PROGRESS' | 'READY' | 'PENDING_DELETION' | 'DELETED';
  created_at: number;
  /** Of a copy: when it was made. */
  copied_at: number | null;
  never_expires: number;
  source_region: string | null;
  source_backup: string | null;
  source_cluster: string | null;
  /** PENDING_DELETION: when it goes for good. */
  delete_at: number | null;
  hsm_type: string;
  mode: 'FIPS' | 'NON_FIPS';
  trust_anchor: string;
  cluster_certificate: string;
  recovery_hsm_id: string | null;
  /** Hex; null until the image is whole. */
  image_sha256: string | null;
  mac: string;
}

/** Tags of clusters and backups. */
interface CloudHsmTagTable {
  resource_id: string;
  tag_key: string;
  tag_value: string;
}

/** Resource policies of backups. */
interface CloudHsmPolicyTable {
  resource_arn: string;
  policy: string;
  mac: string;
}

/** Audit events of changes, written in the transaction of the change, until the journal has them. */
interface AuditOutboxTable {
  event_id: string;
  event: string;
  /** Writer id of the process that is to journal it; null in rows from before there were several. */
  writer: string | null;
  put_at: number | null;
}

/** How much of what was used (src/metering). */
interface MeterTable {
  /** `2026-11` */
  month: string;
  account_id: string;
  region: string;
  meter: 'hsm-seconds' | 'key-seconds' | 'requests';
  /** HSM id, custom key store id, or `built-in`. */
  subject: string;
  amount: number;
}

export type MeterRow = Selectable<MeterTable>;
export type KmsKeyRow = Selectable<KmsKeyTable>;
export type KeyMaterialRow = Selectable<KeyMaterialTable>;
export type AliasRow = Selectable<AliasTable>;
export type CustomKeyStoreRow = Selectable<CustomKeyStoreTable>;
export type ClusterStoreRow = CustomKeyStoreRow & {
  type: 'AWS_CLOUDHSM';
  cluster_id: string;
  trust_anchor: string;
};
export type ExternalStoreRow = CustomKeyStoreRow & { type: 'EXTERNAL_KEY_STORE'; proxy: string };
export type ClusterRow = Selectable<ClusterTable>;
export type HsmRow = Selectable<HsmTable>;
export type ClusterBackupRow = Selectable<ClusterBackupTable>;
export type QuarantinedKey = Selectable<QuarantineTable>;
export type AccessKeyRow = Selectable<AccessKeyTable>;
export type NewKmsKey = Insertable<KmsKeyTable>;
export type TrailRow = Selectable<TrailTable>;
export type TrailProgressRow = Selectable<TrailProgressTable>;
export type DigestChainRow = Selectable<DigestChainTable>;
export type UndigestedFileRow = Selectable<UndigestedFileTable>;
export type AuditKeyRow = Selectable<AuditKeyTable>;
export type AccountRow = Selectable<AccountTable>;
