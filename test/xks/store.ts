/** Custom key stores behind the tests' proxy, as requests of the KMS API ask for them. */
import type {
  CreateCustomKeyStoreCommandInput,
  XksProxyAuthenticationCredentialType,
} from '@aws-sdk/client-kms';
import type { XksProxy } from './xks-proxy.ts';

export const HOST = 'proxy.example.test';

/** Name of a VPC endpoint service. */
export function service(digit: number): string {
  return `com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef${String(digit)}`;
}

export function credentialOf({
  credential,
}: Pick<XksProxy, 'credential'>): XksProxyAuthenticationCredentialType {
  return { AccessKeyId: credential.accessKeyId, RawSecretAccessKey: credential.secretAccessKey };
}

/** Behind the first VPC endpoint service. */
export function storeBehind(proxy: XksProxy): CreateCustomKeyStoreCommandInput {
  return {
    CustomKeyStoreName: 'outside',
    CustomKeyStoreType: 'EXTERNAL_KEY_STORE',
    XksProxyConnectivity: 'VPC_ENDPOINT_SERVICE',
    XksProxyUriEndpoint: `https://${HOST}`,
    XksProxyUriPath: '/kms/xks/v1',
    XksProxyVpcEndpointServiceName: service(1),
    XksProxyAuthenticationCredential: credentialOf(proxy),
  };
}
