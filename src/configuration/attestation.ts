/** `attestation`: whose attestation documents are believed (docs/attestation.md). */
import { absolutePath, listOf, mapping, optional, wholeNumber } from './values.ts';

export interface AttestationSettings {
  /** PEM files with one root certificate each. Without any, every document is refused. */
  roots: readonly string[];
  /** How many seconds a document's time may be from ours. */
  maximumAgeSeconds: number;
}

export const attestation = mapping<AttestationSettings>({
  roots: optional(listOf(absolutePath), []),
  maximumAgeSeconds: optional(wholeNumber(1, 86_400), 300),
});
