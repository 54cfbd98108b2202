/** `metrics`: where Prometheus may scrape. */
import { ConfigurationError, mapping, optional, text } from './values.ts';
import type { Reader } from './values.ts';

export interface Address {
  host: string;
  port: number;
}

const address: Reader<Address> = (value, path) => {
  const given = text(value, path);
  const at = given.lastIndexOf(':');
  const port = Number(given.slice(at + 1));
  if (at < 1 || !Number.isInteger(port) || port < 0 || port > 65_535)
    throw new ConfigurationError(path, 'must be host:port');
  return { host: given.slice(0, at).replace(/^\[|\]$/g, ''), port };
};

export interface MetricsSection {
  /** Undefined: no metrics are served. */
  listen: Address | undefined;
}

export const metrics = mapping<MetricsSection>({ listen: optional(address) });
