/** What a proxy must be before an external key store may use it. AWS: "Create an external key store", requirements. */
import { isIP } from 'node:net';
import type { CreateCustomKeyStoreRequest, UpdateCustomKeyStoreRequest } from '../../aws/generated/kms.ts';
import { ProxyFailed } from '../../keystores/external/proxy-failures.ts';
import { isExternalStore } from '../../storage/custom-key-stores.ts';
import type { CustomKeyStoreRow } from '../../storage/schema.ts';
import type { Call } from './call.ts';
import {
  proxyEndpointInUse,
  proxyInUse,
  proxyInvalidConfiguration,
  validation,
  vpcEndpointServiceInUse,
  vpcEndpointServiceInvalid,
  vpcEndpointServiceNotFound,
} from './errors.ts';
import type { ProxyAccess } from './external-stores.ts';
import { decodeProxy } from './proxy-configuration.ts';
import type { ProxyConfiguration } from './proxy-configuration.ts';
import { healthError } from './proxy-errors.ts';

/** Version 1 of the proxy's API. */
const URI_PATH = /\/kms\/xks\/v1$/;

type XksMembers = Pick<
  CreateCustomKeyStoreRequest & UpdateCustomKeyStoreRequest,
  | 'XksProxyConnectivity'
  | 'XksProxyUriEndpoint'
  | 'XksProxyUriPath'
  | 'XksProxyVpcEndpointServiceName'
  | 'XksProxyVpcEndpointServiceOwner'
  | 'XksProxyAuthenticationCredential'
>;

/** What the audit event shows of a request: no part of the credential. */
export function proxyParameters(input: XksMembers): Record<string, unknown> {
  return {
    xksProxyConnectivity: input.XksProxyConnectivity,
    xksProxyUriEndpoint: input.XksProxyUriEndpoint,
    xksProxyUriPath: input.XksProxyUriPath,
    xksProxyVpcEndpointServiceName: input.XksProxyVpcEndpointServiceName,
    xksProxyVpcEndpointServiceOwner: input.XksProxyVpcEndpointServiceOwner,
  };
}

/** A store of the other type has nothing that these members could mean. @throws ApiError ValidationException */
export function refuseXksMembers(input: object): void {
  refuse(input, (name) => name.startsWith('Xks'), 'AWS_CLOUDHSM');
}

/** @throws ApiError ValidationException */
export function refuseClusterMembers(input: object): void {
  const members = ['CloudHsmClusterId', 'TrustAnchorCertificate', 'KeyStorePassword'];
  refuse(input, (name) => members.includes(name), 'EXTERNAL_KEY_STORE');
}

function refuse(input: object, isRefused: (member: string) => boolean, type: string): void {
  for (const [name, value] of Object.entries(input)) {
    if (isRefused(name) && value !== undefined)
      throw validation(`${name} is not valid for custom key stores of type ${type}.`);
  }
}

/** Of a store that is to be made. @throws ApiError ValidationException */
export function proxyOf(
  input: XksMembers,
  now: number,
): { configuration: ProxyConfiguration; secret: string } {
  const { XksProxyConnectivity, XksProxyUriEndpoint, XksProxyUriPath, XksProxyAuthenticationCredential } =
    input;
  if (
    XksProxyConnectivity === undefined ||
    XksProxyUriEndpoint === undefined ||
    XksProxyUriPath === undefined ||
    XksProxyAuthenticationCredential === undefined
  ) {
    throw validation(
      'XksProxyConnectivity, XksProxyUriEndpoint, XksProxyUriPath and XksProxyAuthenticationCredential are required for type EXTERNAL_KEY_STORE.',
    );
  }
  const configuration: ProxyConfiguration = {
    connectivity: XksProxyConnectivity,
    uriEndpoint: XksProxyUriEndpoint,
    uriPath: XksProxyUriPath,
    vpcEndpointServiceName: input.XksProxyVpcEndpointServiceName ?? null,
    vpcEndpointServiceOwner: input.XksProxyVpcEndpointServiceOwner ?? null,
    accessKeyId: XksProxyAuthenticationCredential.AccessKeyId,
    credentialSince: now,
  };
  return { configuration, secret: XksProxyAuthenticationCredential.RawSecretAccessKey };
}

/**
 * What members of an update make of a configuration. A change of the connectivity needs an endpoint; one to public endpoints ends
 * what was said of a VPC endpoint service. AWS: API_UpdateCustomKeyStore.
 * @throws ApiError ValidationException
 */
export function changedProxy(before: ProxyConfiguration, input: XksMembers, now: number): ProxyConfiguration {
  const {
    XksProxyConnectivity: connectivity = before.connectivity,
    XksProxyAuthenticationCredential: credential,
  } = input;
  const isMoved = connectivity !== before.connectivity;
  if (isMoved && input.XksProxyUriEndpoint === undefined)
    throw validation('XksProxyUriEndpoint is required when XksProxyConnectivity is changed.');
  const named = (given: string | undefined, known: string | null): string | null =>
    given === '' ? null : (given ?? (isMoved ? null : known));
  return {
    connectivity,
    uriEndpoint: input.XksProxyUriEndpoint ?? before.uriEndpoint,
    uriPath: input.XksProxyUriPath ?? before.uriPath,
    vpcEndpointServiceName: named(input.XksProxyVpcEndpointServiceName, before.vpcEndpointServiceName),
    vpcEndpointServiceOwner: named(input.XksProxyVpcEndpointServiceOwner, before.vpcEndpointServiceOwner),
    accessKeyId: credential?.AccessKeyId ?? before.accessKeyId,
    credentialSince: credential === undefined ? before.credentialSince : now,
  };
}

/**
 * The form of a configuration, its VPC endpoint service, and that no other store of the account and Region has it.
 * @param own id of the store that has it already; undefined for one that is to be made
 * @throws ApiError ValidationException, Xks… exceptions of CreateCustomKeyStore
 */
export function requireUsableProxy(
  call: Call<'CreateCustomKeyStore'> | Call<'UpdateCustomKeyStore'>,
  wanted: ProxyConfiguration,
  own: string | undefined,
): void {
  const { kms } = call;
  const host = wanted.uriEndpoint.replace('https://', '');
  if (isIP(host) !== 0)
    throw proxyInvalidConfiguration('XksProxyUriEndpoint must have a DNS name, not an IP address.');
  if (!URI_PATH.test(wanted.uriPath))
    throw proxyInvalidConfiguration('XksProxyUriPath must end with /kms/xks/v1.');
  requireVpcMembers(call, wanted, host);
  const others = kms.customKeyStores
    .list({ accountId: call.caller.accountId, region: call.region })
    .filter((row) => row.custom_key_store_id !== own)
    .filter(isExternalStore);
  for (const other of others) requireDistinct(wanted, decodeProxy(other.proxy), other);
}

function requireVpcMembers(
  { kms }: Call<'CreateCustomKeyStore'> | Call<'UpdateCustomKeyStore'>,
  wanted: ProxyConfiguration,
  host: string,
): void {
  const { connectivity, vpcEndpointServiceName: name } = wanted;
  if (connectivity === 'PUBLIC_ENDPOINT') {
    if (name !== null || wanted.vpcEndpointServiceOwner !== null)
      throw validation(
        'XksProxyVpcEndpointServiceName is valid only for the connectivity VPC_ENDPOINT_SERVICE.',
      );
    return;
  }
  if (name === null)
    throw validation('XksProxyVpcEndpointServiceName is required for the connectivity VPC_ENDPOINT_SERVICE.');
  const service = kms.customKeyStores.external.vpcEndpointService(name);
  if (service === undefined) throw vpcEndpointServiceNotFound(name);
  if (service.privateDnsName !== host) throw vpcEndpointServiceInvalid(name);
}

/** Endpoint and path together belong to one store; endpoints of VPC endpoint services, and these, to one alone. */
function requireDistinct(
  wanted: ProxyConfiguration,
  taken: ProxyConfiguration,
  other: CustomKeyStoreRow,
): void {
  const id = other.custom_key_store_id;
  const isVpc = [wanted, taken].some(({ connectivity }) => connectivity === 'VPC_ENDPOINT_SERVICE');
  if (
    wanted.vpcEndpointServiceName !== null &&
    wanted.vpcEndpointServiceName === taken.vpcEndpointServiceName
  )
    throw vpcEndpointServiceInUse(id);
  if (wanted.uriEndpoint !== taken.uriEndpoint) return;
  if (isVpc) throw proxyEndpointInUse(id);
  if (wanted.uriPath === taken.uriPath) throw proxyInUse(id);
}

/** Asks the proxy for its health. @throws ApiError Xks… exceptions of CreateCustomKeyStore */
export async function requireHealthyProxy(
  call: Call<'CreateCustomKeyStore'> | Call<'UpdateCustomKeyStore'>,
  access: Omit<ProxyAccess, 'region'>,
): Promise<void> {
  const on = {
    principalArn: call.caller.arn,
    operation: call.operation.name,
    requestId: call.requestIdBytes,
  };
  try {
    await call.kms.customKeyStores.external.probe({ ...access, region: call.region }, on);
  } catch (error) {
    throw error instanceof ProxyFailed ? healthError(error) : error;
  }
}
