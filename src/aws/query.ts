/**
 * The AWS Query protocol, which IAM and STS speak: a form in, XML out. The same inputs, limits and texts as JSON services
 * have (decoder.ts, constraints.ts); only the wire differs. Rules: AWS's API models, and answers of IAM and STS.
 */
import { Violations } from './constraints.ts';
import { compileDecoders, type Decode } from './decoder.ts';
import { ApiError, type ErrorAnswer } from './errors.ts';
import { parseForm, toValue, treeOf } from './query-form.ts';
import { services, type Input, type OperationName, type Output, type ServiceName } from './services.ts';
import { compileXmlEncoders, element, escapeXml } from './xml.ts';

export type QueryServiceName = Extract<ServiceName, 'iam' | 'sts'>;

const QUERY_SERVICES: readonly QueryServiceName[] = ['iam', 'sts'];

export function isQueryService(service: string): service is QueryServiceName {
  return (QUERY_SERVICES as readonly string[]).includes(service);
}

const decoders = new Map<ServiceName, (shape: string) => Decode>();
const encoders = new Map<ServiceName, (shape: string) => (value: unknown) => string>();

function kept<V>(map: Map<ServiceName, V>, service: ServiceName, make: () => V): V {
  let value = map.get(service);
  if (value === undefined) {
    value = make();
    map.set(service, value);
  }
  return value;
}

/**
 * The operation that a form asks for.
 * @throws ApiError InvalidAction, MalformedQueryStringException
 */
export function operationOfForm<S extends QueryServiceName>(service: S, form: string): OperationName<S> {
  const fields = parseForm(form);
  const action = fields.get('Action');
  const version = fields.get('Version');
  const { metadata, operations } = services[service];
  if (action === undefined)
    throw new ApiError('MissingAction', 'The request must contain the parameter Action.');
  if (version === metadata.apiVersion && Object.hasOwn(operations, action)) return action as OperationName<S>;
  throw new ApiError(
    'InvalidAction',
    `Could not find operation ${action} for version ${version ?? 'NO_VERSION_SPECIFIED'}`,
  );
}

/**
 * The input of an operation, checked against its model.
 * @throws ApiError MalformedQueryStringException or MalformedInput for what cannot be read; ValidationException naming
 *   every constraint that the input breaks
 */
export function decodeQueryRequest<S extends QueryServiceName, O extends OperationName<S>>(
  service: S,
  operation: O,
  form: string,
): Input<S, O> {
  const model = services[service];
  const input = model.operations[operation]?.input;
  const tree = treeOf(parseForm(form));
  if (input === undefined) return {} as Input<S, O>;
  const decode = kept(decoders, service, () => compileDecoders(model))(input);
  const decoding = { violations: new Violations(), members: 0 };
  const value = decode(toValue(model, input, tree, ''), '', '', decoding);
  if (decoding.violations.any) throw decoding.violations.error();
  return value as Input<S, O>;
}

/** The body of a successful answer. @throws TypeError when the output does not fit the model */
export function encodeQueryResponse<S extends QueryServiceName, O extends OperationName<S>>(
  service: S,
  operation: O,
  output: Output<S, O>,
  requestId: string,
): string {
  const model = services[service];
  const { output: shape, resultWrapper } = model.operations[operation] ?? {};
  const encode = kept(encoders, service, () => compileXmlEncoders(model));
  const result =
    shape === undefined ? '' : element(resultWrapper ?? `${operation}Result`, encode(shape)(output ?? {}));
  const metadata = `<ResponseMetadata><RequestId>${requestId}</RequestId></ResponseMetadata>`;
  const { xmlNamespace = '' } = model.metadata;
  return `<${operation}Response xmlns="${xmlNamespace}">${result}${metadata}</${operation}Response>`;
}

/** Errors that every service has: our name (that of JSON services), code and status of the Query protocol. AWS: "Common errors" (IAM API reference). */
const COMMON_ERRORS: Readonly<Record<string, readonly [code: string, status: number]>> = {
  AccessDeniedException: ['AccessDenied', 403],
  AccessDenied: ['AccessDenied', 403],
  ValidationException: ['ValidationError', 400],
  SerializationException: ['MalformedInput', 400],
  MalformedQueryStringException: ['MalformedQueryString', 404],
  ThrottlingException: ['Throttling', 400],
  MissingAuthenticationTokenException: ['MissingAuthenticationToken', 403],
  IncompleteSignatureException: ['IncompleteSignature', 400],
  InvalidSignatureException: ['SignatureDoesNotMatch', 403],
  UnrecognizedClientException: ['InvalidClientTokenId', 403],
  InvalidClientTokenId: ['InvalidClientTokenId', 403],
  ExpiredToken: ['ExpiredToken', 403],
  InternalFailure: ['InternalFailure', 500],
  ServiceUnavailable: ['ServiceUnavailable', 503],
};

/** A refused signature: STS has an error of its own that is named like the common one for a session that is over. */
export function signatureError(error: ApiError): ApiError {
  return error.code === 'ExpiredTokenException' ? new ApiError('ExpiredToken', error.message) : error;
}

/** The answer to a failed request: code and status of the model where it has the error, else of the common ones. */
export function encodeQueryError(service: QueryServiceName, error: ApiError, requestId: string): ErrorAnswer {
  const { errors, metadata } = services[service];
  const modelled = errors[error.code];
  const [code, status] =
    modelled === undefined
      ? (COMMON_ERRORS[error.code] ?? [error.code, error.status])
      : [modelled.code ?? error.code, modelled.status ?? 400];
  const fields =
    element('Type', status >= 500 ? 'Receiver' : 'Sender') +
    element('Code', escapeXml(code)) +
    (error.message === '' ? '' : element('Message', escapeXml(error.message)));
  const xml = `<ErrorResponse xmlns="${metadata.xmlNamespace ?? ''}"><Error>${fields}</Error><RequestId>${requestId}</RequestId></ErrorResponse>`;
  const body = Buffer.from(xml);
  return { status, headers: { 'content-type': 'text/xml', 'content-length': String(body.length) }, body };
}
