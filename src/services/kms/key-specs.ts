/** Key specs as data: which usages and algorithms each has. AWS: "Key spec reference". One row per spec. */
export type KeyUsage =
  'ENCRYPT_DECRYPT' | 'SIGN_VERIFY' | 'GENERATE_VERIFY_MAC' | 'KEY_AGREEMENT' | 'ENCAPSULATE_DECAPSULATE';

interface KeySpecRow {
  kind: 'symmetric' | 'asymmetric' | 'hmac';
  usages: readonly KeyUsage[];
  encryption?: readonly string[];
}

const ROWS: Record<string, KeySpecRow> = {
  SYMMETRIC_DEFAULT: { kind: 'symmetric', usages: ['ENCRYPT_DECRYPT'], encryption: ['SYMMETRIC_DEFAULT'] },
};

/** The row of a spec that can be created; undefined for specs that the API names and this build cannot make. */
export function keySpecRow(spec: string): KeySpecRow | undefined {
  return ROWS[spec];
}
