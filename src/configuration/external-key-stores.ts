/** `externalKeyStores`: where proxies of external key stores may be, and how they are reached (docs/external-key-stores.md). */
import { parseAddressRange } from './address-rule.ts';
import { splitAddress } from './address.ts';
import {
  ConfigurationError,
  absolutePath,
  listOf,
  mapOf,
  mapping,
  optional,
  text,
  wholeNumber,
} from './values.ts';
import type { Reader } from './values.ts';

/** A private way to a proxy: what a VPC endpoint service is in AWS. */
export interface VpcEndpointService {
  /** The host name of the endpoint's URI, which the proxy's certificate must have. */
  privateDnsName: string;
  /** `host:port` that is connected to. */
  address: string;
}

export interface ExternalKeyStoreSettings {
  /** CIDRs that the names of public endpoints may lead to, beside addresses of the Internet. */
  allowedAddresses: readonly string[];
  /** PEM files with certificates of CAs, beside those that Node.js trusts. */
  certificateAuthorities: readonly string[];
  /** What KMS shows to proxies that ask for a certificate. */
  clientCertificate: { certificate: string; key: string } | undefined;
  /** For one attempt of a call to a proxy; there are two at most. */
  timeoutMilliseconds: number;
  /** How often each proxy's health is asked for. */
  healthSeconds: number;
  /** By service name. */
  vpcEndpointServices: Readonly<Record<string, VpcEndpointService>>;
}

const range: Reader<string> = (value, path) => checked(text(value, path), path, parseAddressRange);
const address: Reader<string> = (value, path) => checked(text(value, path), path, splitAddress);

function checked(value: string, path: string, check: (value: string) => unknown): string {
  try {
    check(value);
    return value;
  } catch (error) {
    throw new ConfigurationError(path, (error as Error).message);
  }
}

export const externalKeyStores = mapping<ExternalKeyStoreSettings>({
  allowedAddresses: optional(listOf(range), []),
  certificateAuthorities: optional(listOf(absolutePath), []),
  clientCertificate: optional(mapping({ certificate: absolutePath, key: absolutePath })),
  timeoutMilliseconds: optional(wholeNumber(10, 5_000), 250),
  healthSeconds: optional(wholeNumber(1, 3_600), 60),
  vpcEndpointServices: optional(mapOf(mapping<VpcEndpointService>({ privateDnsName: text, address })), {}),
});
