/** `metrics`: where Prometheus may scrape. */
import { splitAddress } from './address.ts';
import type { Address } from './address.ts';
import { ConfigurationError, mapping, optional, text } from './values.ts';
import type { Reader } from './values.ts';

const address: Reader<Address> = (value, path) => {
  const given = text(value, path);
  try {
    return splitAddress(given);
  } catch {
    throw new ConfigurationError(path, 'must be host:port');
  }
};

export interface MetricsSection {
  /** Undefined: no metrics are served. */
  listen: Address | undefined;
}

export const metrics = mapping<MetricsSection>({ listen: optional(address) });
