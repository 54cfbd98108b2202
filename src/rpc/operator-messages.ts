/**
 * What the operator's commands ask a running server over its local socket, which only the server's own user can open. Payloads
 * are JSON. Questions only: nothing can be changed this way.
 */

export const OperatorVerb = {
  /** {keyArn}: a KMS key as the server and its HSMs have it now; null when there is no such key. */
  KeyEvidence: 1,
} as const;

/** What one HSM said of the key. */
export interface HsmEvidence {
  hsmId: string;
  availabilityZone: string;
  /** PEM; null while the HSM cannot be asked. */
  certificate: string | null;
  /** Read from the HSM's module; null when it has no such key or could not be asked. */
  key: {
    keyHandle: string;
    label: string;
    check: string;
    attributes: Record<string, boolean | number | string>;
  } | null;
  /** Why there is nothing of the key. */
  problem: string | null;
}

export interface KeyEvidence {
  keyArn: string;
  /** DescribeKey's members, and the present policy. */
  metadata: Record<string, unknown>;
  policy: string;
  /** null: a key of the built-in key store. */
  cluster: {
    clusterId: string;
    trustAnchor: string | null;
    clusterCertificate: string | null;
    backingKeyId: string | null;
    /** Hex check value that was recorded when the key was made. */
    check: string | null;
    hsms: HsmEvidence[];
  } | null;
}
