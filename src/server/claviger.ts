/** Puts Claviger's own API together. */
import { join } from 'node:path';
import type { Configuration } from '../configuration/configuration.ts';
import { EvidenceExporter, ExportTooLarge, ExportUnderWay } from '../evidence/thread.ts';
import type { HsmFigures } from '../metrics/hsm-figures.ts';
import type { ServiceHandler } from '../services/api/serve.ts';
import { exportTooLarge, exportUnderWay } from '../services/claviger/errors.ts';
import { createClaviger } from '../services/claviger/service.ts';
import type { Kms } from '../services/kms/kms.ts';
import { copiesFolder } from './hsm-trails.ts';
import type { HsmTrails } from './hsm-trails.ts';
import { keyEvidence } from './key-evidence.ts';

export interface ClavigerOptions {
  kms: Kms;
  /** The server's data folder. */
  dataDir: string;
  configuration: Configuration;
  figures: HsmFigures;
  hsmTrails: HsmTrails;
}

export function assembleClaviger(options: ClavigerOptions): {
  service: ServiceHandler;
  close(): Promise<void>;
} {
  const { kms, dataDir, configuration, figures, hsmTrails } = options;
  const { prices, reconciliation } = configuration;
  const { db, audit, access, clock, logger, refresh, clusters } = kms;
  const exporter = new EvidenceExporter({
    journal: join(dataDir, 'audit'),
    copies: copiesFolder(dataDir),
    marginMs: reconciliation.marginSeconds * 1000,
    clock,
    ask: async (keyArn) => (await keyEvidence(kms, keyArn)) ?? null,
  });
  const service = createClaviger({
    ...{ db, audit, access, clock, logger, refresh, kms, clusters, figures, prices, reconciliation },
    trails: () => hsmTrails.numbers,
    exportEvidence: ({ keyArn, ...view }) =>
      exporter.export(keyArn, view).catch((error: unknown) => {
        if (error instanceof ExportUnderWay) throw exportUnderWay();
        if (error instanceof ExportTooLarge) throw exportTooLarge();
        throw error;
      }),
  });
  return { service, close: () => exporter.close() };
}
