/**
 * The proxy of an external key store as forms hold it: what is wrong with it, and what the API is asked with it. AWS:
 * API_CreateCustomKeyStore, API_UpdateCustomKeyStore.
 */
import type {
  CreateCustomKeyStoreCommandInput,
  UpdateCustomKeyStoreCommandInput,
  XksProxyConfigurationType,
  XksProxyConnectivityType,
} from '@aws-sdk/client-kms';

export interface ProxyDraft {
  readonly connectivity: XksProxyConnectivityType;
  /** Of the VPC endpoint service, for that connectivity only. */
  readonly serviceName: string;
  readonly endpoint: string;
  readonly path: string;
  /** Both parts of the credential are empty where the present one stays. */
  readonly accessKeyId: string;
  readonly secret: string;
}

export const NO_PROXY: ProxyDraft = {
  connectivity: 'PUBLIC_ENDPOINT',
  serviceName: '',
  endpoint: '',
  path: '',
  accessKeyId: '',
  secret: '',
};

export const CONNECTIVITIES: Readonly<Record<XksProxyConnectivityType, string>> = {
  PUBLIC_ENDPOINT: 'Public endpoint',
  VPC_ENDPOINT_SERVICE: 'VPC endpoint service',
};

type Text = Exclude<keyof ProxyDraft, 'connectivity'>;

/** The API's own constraints, in words: it names a pattern only. */
const FORMS: Readonly<Record<Text, { is: RegExp; problem: string }>> = {
  serviceName: {
    is: /^(?=.{20,64}$)(com|eu)\.amazonaws\.vpce\.([a-z]+-){2,3}\d+\.vpce-svc-[0-9a-z]+$/,
    problem: 'A name is like com.amazonaws.vpce.us-east-1.vpce-svc-0123456789abcdef0.',
  },
  endpoint: {
    is: /^(?=.{10,128}$)https:\/\/[a-zA-Z0-9.-]+$/,
    problem: 'An endpoint is https:// and the name of a host, without port and path.',
  },
  path: {
    is: /^(?=.{10,128}$)(\/[a-zA-Z0-9/_-]+)?\/kms\/xks\/v1$/,
    problem:
      'A path begins with / and ends with /kms/xks/v1; before that are letters, digits, and / _ - only.',
  },
  accessKeyId: {
    is: /^[A-Z2-7]{20,30}$/,
    problem: 'An access key ID of a proxy has 20 to 30 letters from A to Z and digits from 2 to 7.',
  },
  secret: {
    is: /^[a-zA-Z0-9/+=]{43,64}$/,
    problem: 'A secret access key of a proxy has 43 to 64 letters, digits, and / + = only.',
  },
};

/** What is wrong with what was given; nothing is said of what was not yet. */
export function proxyProblems(draft: ProxyDraft): Partial<Record<Text, string>> {
  return Object.fromEntries(
    textsOf(draft).flatMap((name) => {
      const text = draft[name].trim();
      return text === '' || FORMS[name].is.test(text) ? [] : [[name, FORMS[name].problem]];
    }),
  );
}

/** Those that count: the name of the endpoint service with its connectivity only. */
function textsOf({ connectivity }: ProxyDraft): Text[] {
  const texts = Object.keys(FORMS) as Text[];
  return texts.filter((name) => name !== 'serviceName' || connectivity === 'VPC_ENDPOINT_SERVICE');
}

/** What a store is made with; undefined while something is missing or wrong. */
export function proxyOfNewStore(draft: ProxyDraft): Partial<CreateCustomKeyStoreCommandInput> | undefined {
  const missing = textsOf(draft).some((name) => draft[name].trim() === '');
  if (missing || Object.keys(proxyProblems(draft)).length > 0) return undefined;
  return {
    XksProxyConnectivity: draft.connectivity,
    XksProxyUriEndpoint: draft.endpoint.trim(),
    XksProxyUriPath: draft.path.trim(),
    XksProxyAuthenticationCredential: credentialOf(draft),
    ...(draft.connectivity === 'VPC_ENDPOINT_SERVICE' && {
      XksProxyVpcEndpointServiceName: draft.serviceName.trim(),
    }),
  };
}

/** What a form that changes a store begins with; the API tells no credential. */
export function proxyDraftOf(now: XksProxyConfigurationType): ProxyDraft {
  return {
    ...NO_PROXY,
    connectivity: now.Connectivity ?? NO_PROXY.connectivity,
    serviceName: now.VpcEndpointServiceName ?? '',
    endpoint: now.UriEndpoint ?? '',
    path: now.UriPath ?? '',
  };
}

/** What is changed of a store's proxy; undefined while something is missing or wrong. */
export function proxyChanges(
  draft: ProxyDraft,
  now: XksProxyConfigurationType,
): Partial<UpdateCustomKeyStoreCommandInput> | undefined {
  const needed = textsOf(draft).filter((name) => name !== 'accessKeyId' && name !== 'secret');
  const half = (draft.accessKeyId.trim() === '') !== (draft.secret.trim() === '');
  if (half || needed.some((name) => draft[name].trim() === '')) return undefined;
  if (Object.keys(proxyProblems(draft)).length > 0) return undefined;
  const [endpoint, path, serviceName] = [draft.endpoint.trim(), draft.path.trim(), draft.serviceName.trim()];
  const other = draft.connectivity !== now.Connectivity;
  return {
    ...(other && { XksProxyConnectivity: draft.connectivity }),
    // the API wants the endpoint with another connectivity, even if it is the same
    ...((other || endpoint !== now.UriEndpoint) && { XksProxyUriEndpoint: endpoint }),
    ...(draft.connectivity === 'VPC_ENDPOINT_SERVICE' &&
      serviceName !== now.VpcEndpointServiceName && { XksProxyVpcEndpointServiceName: serviceName }),
    ...(path !== now.UriPath && { XksProxyUriPath: path }),
    ...(draft.secret.trim() !== '' && { XksProxyAuthenticationCredential: credentialOf(draft) }),
  };
}

function credentialOf({
  accessKeyId,
  secret,
}: ProxyDraft): CreateCustomKeyStoreCommandInput['XksProxyAuthenticationCredential'] {
  return { AccessKeyId: accessKeyId.trim(), RawSecretAccessKey: secret.trim() };
}

/**
 * The file with a proxy's path and credential that proxies write for AWS's console.
 * @throws Error in words for whoever chose the file
 */
export function readProxyFile(text: string): Partial<ProxyDraft> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    throw new Error('This file is not JSON.');
  }
  const { XksProxyUriPath, XksProxyAuthenticationCredential } = (content ?? {}) as Record<string, unknown>;
  const { AccessKeyId, RawSecretAccessKey } = (XksProxyAuthenticationCredential ?? {}) as Record<
    string,
    unknown
  >;
  const found = {
    ...(typeof XksProxyUriPath === 'string' && { path: XksProxyUriPath }),
    ...(typeof AccessKeyId === 'string' && { accessKeyId: AccessKeyId }),
    ...(typeof RawSecretAccessKey === 'string' && { secret: RawSecretAccessKey }),
  };
  if (Object.keys(found).length === 0)
    throw new Error('This file has neither XksProxyUriPath nor XksProxyAuthenticationCredential.');
  return found;
}
