/** How an external key store reaches its proxy, as its row has it; the secret access key is sealed beside it. */

export type ProxyConnectivity = 'PUBLIC_ENDPOINT' | 'VPC_ENDPOINT_SERVICE';

/** AWS: API_XksProxyConfigurationType. */
export interface ProxyConfiguration {
  readonly connectivity: ProxyConnectivity;
  /** `https://` and a host name; port 443. */
  readonly uriEndpoint: string;
  /** Ends with `/kms/xks/v1`. */
  readonly uriPath: string;
  /** VPC_ENDPOINT_SERVICE only. */
  readonly vpcEndpointServiceName: string | null;
  readonly vpcEndpointServiceOwner: string | null;
  readonly accessKeyId: string;
  /** When the credential was given to KMS: milliseconds since 1970. */
  readonly credentialSince: number;
}

export function encodeProxy(configuration: ProxyConfiguration): string {
  return JSON.stringify(configuration);
}

/** @param proxy of a row whose code was checked */
export function decodeProxy(proxy: string): ProxyConfiguration {
  return JSON.parse(proxy) as ProxyConfiguration;
}
