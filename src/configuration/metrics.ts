/** `metrics`: where Prometheus may scrape. */
import { ConfigurationError, mapping, optional, text } from './values.ts';
import type { Reader } from './values.ts';

export interface Address {
  host: string;
  port: number;
}

const address: Reader<Address> = (value, path) => {
  const given = text(value, path);
  const [, host = '', digits] = /^(.+):(\d{1,5})$/.exec(given) ?? [];
  const port = Number(digits);
  if (host === '' || port > 65_535) throw new ConfigurationError(path, 'must be host:port');
  return { host: host.replace(/^\[|\]$/g, ''), port };
};

export interface MetricsSection {
  /** Undefined: no metrics are served. */
  listen: Address | undefined;
}

export const metrics = mapping<MetricsSection>({ listen: optional(address) });
