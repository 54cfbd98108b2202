/** Tables of CloudTrail: trails, what was delivered of them, and the keys that sign the trail. */

/** A trail as the API made it. */
export interface TrailTable {
  /** `arn:aws:cloudtrail:<home Region>:<account>:trail/<name>` */
  trail_arn: string;
  account_id: string;
  home_region: string;
  name: string;
  /** A bucket of the configuration file. */
  bucket: string;
  prefix: string | null;
  global_events: number;
  multi_region: number;
  log_file_validation: number;
  logging: number;
  started_at: number | null;
  stopped_at: number | null;
  created_at: number;
  mac: string;
}

/** `ends_at` of a stopped trail that was delivered to its end. */
export const ENDED = 'ended';

/** How far a trail was delivered. */
export interface TrailProgressTable {
  trail_arn: string;
  /** JSON: writer to the number of its last record that was delivered or passed over. */
  positions: string;
  /** JSON of a delivery that was begun: the same objects are written again after a crash. Null: none. */
  planned: string | null;
  /** JSON as `positions`: where a stopped trail ends; ENDED when it was delivered. Null: as far as the journal goes. */
  ends_at: string | null;
  attempted_at: number | null;
  delivered_at: number | null;
  delivery_error: string | null;
  digest_at: number | null;
  digest_error: string | null;
}

/** The chain of digest files of a trail in one Region. */
export interface DigestChainTable {
  trail_arn: string;
  region: string;
  /** End of the last digest, or where the first begins. */
  digested_until: number;
  /** Null in a chain that has no digest yet. */
  previous_bucket: string | null;
  previous_object: string | null;
  previous_hash: string | null;
  previous_signature: string | null;
}

/** A log file that no digest lists yet. */
export interface UndigestedFileTable {
  object: string;
  trail_arn: string;
  region: string;
  bucket: string;
  hash: string;
  oldest_event_time: string;
  newest_event_time: string;
  delivered_at: number;
}

export interface TrailTagTable {
  trail_arn: string;
  tag_key: string;
  tag_value: string;
}

/** What an audit key signs: digest files of one Region, or checkpoints and tombstones of the journal. */
export type AuditKeyPurpose = 'digest' | 'checkpoint';

export interface AuditKeyTable {
  /** 32 hex digits: the first half of the SHA-256 of the public key. */
  fingerprint: string;
  purpose: AuditKeyPurpose;
  /** Digest keys: their Region. */
  region: string | null;
  /** 64 hex digits: what the private key is bound to. */
  material_id: string;
  /** The private key as the crypto process encrypted it. */
  encrypted_key: Buffer;
  /** 32 hex digits. */
  key_check: string;
  /** DER SubjectPublicKeyInfo. */
  public_key: Buffer;
  valid_from: number;
  valid_to: number;
  mac: string;
}
