/** From a complete HTTP request to its service: health, operation, signature, admission, and errors as the wire has them. */
import { randomUUID } from 'node:crypto';
import { anonymousCaller } from '../access/caller.ts';
import type { Caller } from '../access/caller.ts';
import type { Refusal } from '../admission/compartments.ts';
import type { Gate } from '../admission/gate.ts';
import {
  ApiError,
  encodeError,
  encodeNoSuchProtocol,
  internalFailure,
  missingAuthenticationToken,
  throttled,
  unknownOperation,
} from '../aws/errors.ts';
import type { ErrorAnswer } from '../aws/errors.ts';
import { encodeQueryError, isQueryService, operationOfForm, signatureError } from '../aws/query.ts';
import type { QueryServiceName } from '../aws/query.ts';
import type { SigningCredentials, Verifier } from '../aws/sigv4/verify.ts';
import { operationOfTarget, signingName } from '../aws/services.ts';
import type { ServiceName } from '../aws/services.ts';
import type { Logger } from '../logging/logger.ts';
import type { ServiceHandler } from '../services/api/serve.ts';
import { UNSIGNED_OPERATION } from '../services/sts/service.ts';
import type { EdgeAnswer, EdgeRequest } from '../edge/edge.ts';
import type { Readiness } from './readiness.ts';

export interface CallerCredentials extends SigningCredentials {
  caller: Caller;
}

export interface RouterOptions {
  /** The services that this build serves; the API models know more. */
  services: Readonly<Partial<Record<ServiceName, ServiceHandler>>>;
  /** Answers what a browser asks for; undefined for what is not the console's. */
  console?: ((request: EdgeRequest) => EdgeAnswer | undefined) | undefined;
  verify: Verifier<CallerCredentials>;
  /** Told of every request whose signature is right. @param service signing name */
  used(caller: Caller, service: string, region: string, now: number): void;
  clock: () => number;
  logger: Logger;
  /** Region of requests that name none: the home Region. */
  region: string;
  /** Told of each answer. */
  ended?: ((service: string, operation: string, outcome: string, seconds: number) => void) | undefined;
  /** Whether requests can be served now, and if not, why. */
  readiness(): Readiness;
  /** Where requests wait for their turn before anything of them is looked at. */
  gate: Gate;
  /** Told of each request that waited in vain. */
  refused(reason: Refusal): void;
}

const JSON_TYPE = 'application/x-amz-json-1.1';
const XML_TYPE = 'text/xml';
const FORM_TYPE = /^application\/x-www-form-urlencoded(?:;\s*charset=utf-8)?$/i;
/** AWS's words where a service, and no quota, is at its limit. */
const RATE_EXCEEDED = 'Rate exceeded';
const EMPTY = Buffer.alloc(0);

/** What the edge hands its requests to. */
export type Router = (request: EdgeRequest) => Promise<EdgeAnswer>;

/** A request on its way, and what is told of its end. */
interface Exchange {
  readonly request: EdgeRequest;
  readonly requestId: string;
  /** false: the server has too much to do. */
  readonly admitted: boolean;
  /** Undefined for what is no operation of a service. */
  named?: { service: ServiceName; operation: string };
  /** `ok`, or the code of the error. */
  outcome: string;
}

export function createRouter(options: RouterOptions): Router {
  const { gate } = options;
  return async (request) => {
    const form = formOf(request);
    if (request.method === 'GET' && form === undefined)
      return options.console?.(request) ?? health(request.target, options);
    const requestId = randomUUID();
    const isJson = request.method === 'POST' && request.headers['content-type'] === JSON_TYPE;
    if (!isJson && form === undefined) return failed(encodeNoSuchProtocol(), requestId);
    const began = performance.now();
    const entering = gate.enter();
    const admitted = entering === true || (await entering);
    const exchange: Exchange = { request, requestId, admitted, outcome: 'ok' };
    try {
      return await (form === undefined ? serveJson(options, exchange) : serveQuery(options, exchange, form));
    } finally {
      if (admitted) gate.leave();
      else options.refused('busy');
      const { named, outcome } = exchange;
      if (named !== undefined)
        options.ended?.(named.service, named.operation, outcome, (performance.now() - began) / 1000);
    }
  };
}

async function serveJson(options: RouterOptions, exchange: Exchange): Promise<EdgeAnswer> {
  const { request, requestId } = exchange;
  const operation = operationOfTarget(header(request, 'x-amz-target'));
  if (operation === undefined) return failed(encodeError('kms', unknownOperation()), requestId);
  const { service } = operation;
  exchange.named = operation;
  try {
    if (!exchange.admitted) throw throttled(RATE_EXCEEDED);
    const { caller, region } = authenticate(options, request, signingName(service));
    const serve = options.services[service];
    if (serve === undefined) throw notServed(service);
    const origin = originOf(request);
    const body = await serve(operation.operation, { caller, region, requestId, origin }, request.body);
    return succeeded(body, JSON_TYPE, requestId);
  } catch (thrown) {
    const error = asApiError(thrown, service, options.logger);
    exchange.outcome = error.code;
    return failed(encodeError(service, error), requestId);
  }
}

/**
 * IAM and STS. The operation's name is in the form, and nothing of a form is read before its signature is right: the service
 * is the one that the credential scope claims (docs/decisions/0012). The one operation without a signature is the exception.
 */
async function serveQuery(options: RouterOptions, exchange: Exchange, form: string): Promise<EdgeAnswer> {
  const { request, requestId } = exchange;
  const claimed = claimedService(request);
  const service = claimed ?? 'sts';
  try {
    if (!exchange.admitted) throw throttled(RATE_EXCEEDED);
    const who =
      claimed === undefined
        ? stranger(options, request, form)
        : authenticate(options, request, signingName(claimed));
    const operation = operationOfForm(service, form);
    exchange.named = { service, operation };
    const serve = options.services[service];
    if (serve === undefined) throw notServed(service);
    const body = await serve(operation, { ...who, requestId, origin: originOf(request) }, Buffer.from(form));
    return succeeded(body, XML_TYPE, requestId);
  } catch (thrown) {
    const error = asApiError(thrown, service, options.logger);
    exchange.outcome = error.code;
    return failed(encodeQueryError(service, error, requestId), requestId);
  }
}

/** @throws ApiError */
function authenticate(
  options: RouterOptions,
  request: EdgeRequest,
  service: string,
): { caller: Caller; region: string } {
  const now = options.clock();
  try {
    const { credentials, region } = options.verify(request, service, now);
    options.used(credentials.caller, service, region, now);
    return { caller: credentials.caller, region };
  } catch (error) {
    throw error instanceof ApiError && isQueryService(service) ? signatureError(error) : error;
  }
}

/** A request without a signature: it may ask for one operation. @throws ApiError MissingAuthenticationTokenException */
function stranger(
  { region }: RouterOptions,
  { target }: EdgeRequest,
  form: string,
): { caller: Caller; region: string } {
  const wanted = new RegExp(`(^|&)Action=${UNSIGNED_OPERATION}(&|$)`);
  if (target !== '/' || !wanted.test(form)) throw missingAuthenticationToken();
  return { caller: anonymousCaller, region };
}

/** The form of a Query request: the body, or what a presigned URL has beside its signature; undefined for other requests. */
function formOf({ method, headers, target, body }: EdgeRequest): string | undefined {
  if (method === 'POST' && FORM_TYPE.test(headers['content-type'] ?? '')) return body.toString('latin1');
  if (method !== 'GET' || !/^\/\?(?:.*&)?(?:Action|X-Amz-Algorithm)=/.test(target)) return undefined;
  const pairs = target.slice(2).split('&');
  return pairs.filter((pair) => !/^X-Amz-/i.test(pair)).join('&');
}

// they match wherever they begin to: strangers choose the text, and the time that it takes is not to grow with its square
const IN_HEADER = /Credential=([^,]*)/;
const IN_QUERY = /[?&]X-Amz-Credential=([^&]*)/i;
const SERVICE_IN_CREDENTIAL = 3;

/**
 * The service whose signature a request claims to carry; undefined when it carries none. A credential is `<access key
 * id>/<date>/<Region>/<service>/aws4_request` (AWS: "Create a signed AWS API request").
 */
function claimedService({ headers, target }: EdgeRequest): QueryServiceName | undefined {
  const { authorization } = headers;
  if (authorization === undefined && !/[?&]X-Amz-/i.test(target)) return undefined;
  const credential = (IN_HEADER.exec(authorization ?? '') ?? IN_QUERY.exec(target))?.[1] ?? '';
  const claimed = credential.split(/%2F|\//i, SERVICE_IN_CREDENTIAL + 1)[SERVICE_IN_CREDENTIAL] ?? '';
  return isQueryService(claimed) ? claimed : 'sts';
}

function originOf(request: EdgeRequest) {
  return { sourceIp: request.sourceIp, userAgent: header(request, 'user-agent'), tls: request.tls };
}

function header(request: EdgeRequest, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}

function succeeded(body: string, type: string, requestId: string): EdgeAnswer {
  return {
    status: 200,
    headers: [
      'x-amzn-RequestId',
      requestId,
      'Content-Type',
      type,
      'Content-Length',
      String(Buffer.byteLength(body)),
      'Cache-Control',
      'no-cache, no-store, must-revalidate, private',
    ],
    body,
  };
}

function failed(error: ErrorAnswer, requestId: string): EdgeAnswer {
  return {
    status: error.status,
    headers: ['x-amzn-RequestId', requestId, ...Object.entries(error.headers).flat()],
    body: error.body,
  };
}

/** A service of the API models that this build does not serve yet. */
function notServed(service: ServiceName): ApiError {
  return new ApiError(
    'UnsupportedOperationException',
    `The service ${service} is not available in this version of Claviger.`,
  );
}

function asApiError(thrown: unknown, service: ServiceName, logger: Logger): ApiError {
  if (thrown instanceof ApiError) return thrown;
  logger.error({ err: thrown }, 'a request failed unexpectedly');
  return internalFailure(service);
}

/** `/healthz`: the process lives. `/readyz`: it can serve; 503 with the reasons while it cannot. */
function health(target: string, options: RouterOptions): EdgeAnswer {
  if (target !== '/healthz' && target !== '/readyz') {
    return { status: 404, headers: ['Content-Length', '0'], body: EMPTY };
  }
  const state: Readiness = target === '/healthz' ? { ready: true, reasons: [] } : options.readiness();
  const body = Buffer.from(`${JSON.stringify(state)}\n`);
  return {
    status: state.ready ? 200 : 503,
    headers: ['Content-Type', 'application/json', 'Content-Length', String(body.length)],
    body,
  };
}
