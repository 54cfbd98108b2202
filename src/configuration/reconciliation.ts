/** `reconciliation`: how the server compares the journal of calls with the HSMs' own logs (docs/hsm-logs.md). */
import { flag, mapping, optional, wholeNumber } from './values.ts';

export interface ReconciliationSettings {
  /** false: only `claviger audit reconcile` compares. */
  continuous: boolean;
  /** How far clocks may be apart, and how long the latest records are left alone. */
  marginSeconds: number;
  /** Pause between two comparisons. */
  everySeconds: number;
}

export const reconciliation = mapping<ReconciliationSettings>({
  continuous: optional(flag, true),
  marginSeconds: optional(wholeNumber(1, 3600), 30),
  everySeconds: optional(wholeNumber(1, 3600), 15),
});
