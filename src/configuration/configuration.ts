/**
 * The configuration file: what an operator decides about an installation and no API may change (docs/configuration.md).
 * One section per concern, each in the file of this folder that has its name; all of it is optional. What must not be
 * here: secrets, and what belongs to one account.
 */
import { existsSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { admission } from './admission.ts';
import { attestation } from './attestation.ts';
import { audit } from './audit.ts';
import { cloudhsm } from './cloudhsm.ts';
import { database } from './database.ts';
import { externalKeyStores } from './external-key-stores.ts';
import { limits } from './limits.ts';
import { metrics } from './metrics.ts';
import { oidc } from './oidc.ts';
import { prices } from './prices.ts';
import { reconciliation } from './reconciliation.ts';
import { requestQuotas } from './request-quotas.ts';
import { server } from './server.ts';
import { ConfigurationError, mapping } from './values.ts';

const configuration = mapping({
  admission,
  attestation,
  audit,
  cloudhsm,
  database,
  externalKeyStores,
  limits,
  metrics,
  oidc,
  prices,
  reconciliation,
  requestQuotas,
  server,
});

export type Configuration = ReturnType<typeof configuration>;

/**
 * Reads `file`; a file that is not there means all defaults.
 * @throws ConfigurationError naming the place that is wrong
 */
export function readConfiguration(file: string): Configuration {
  return existsSync(file) ? parseConfiguration(readFileSync(file, 'utf8')) : parseConfiguration('');
}

/** @param yaml text of a configuration file @throws ConfigurationError */
export function parseConfiguration(yaml: string): Configuration {
  let document: unknown;
  try {
    document = parse(yaml, { uniqueKeys: true, schema: 'core' });
  } catch (error) {
    throw new ConfigurationError('', `not YAML: ${(error as Error).message}`);
  }
  return configuration(document, '');
}
