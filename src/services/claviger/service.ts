/** Claviger's own API: what is served, and how it is named in the audit trail. */
import { createService, jsonCodec } from '../api/serve.ts';
import type { ServiceHandler } from '../api/serve.ts';
import type { Claviger } from './operation.ts';
import { decryptWithExternalKey } from './operations/decrypt-with-external-key.ts';
import { describeExternalKey } from './operations/describe-external-key.ts';
import { describeHsmFigures } from './operations/describe-hsm-figures.ts';
import { describeKeys } from './operations/describe-keys.ts';
import { describeReconciliation } from './operations/describe-reconciliation.ts';
import { encryptWithExternalKey } from './operations/encrypt-with-external-key.ts';
import { exportEvidence } from './operations/export-evidence.ts';
import { generateExternalKey } from './operations/generate-external-key.ts';
import { getCost } from './operations/get-cost.ts';

export function createClaviger(ports: Claviger): ServiceHandler {
  return createService({
    service: 'claviger',
    // the form that readers of CloudTrail events know
    eventSource: 'claviger.amazonaws.com',
    ports,
    codec: jsonCodec('claviger'),
    operations: [
      decryptWithExternalKey,
      describeExternalKey,
      describeHsmFigures,
      describeKeys,
      describeReconciliation,
      encryptWithExternalKey,
      exportEvidence,
      generateExternalKey,
      getCost,
    ],
  });
}
