/** From a complete HTTP request to its service: health, operation, signature, admission, and errors as the wire has them. */
import { randomUUID } from 'node:crypto';
import type { Caller } from '../access/caller.ts';
import {
  ApiError,
  encodeError,
  encodeNoSuchProtocol,
  internalFailure,
  throttled,
  unknownOperation,
} from '../aws/errors.ts';
import type { ErrorAnswer } from '../aws/errors.ts';
import type { SigningCredentials, Verifier } from '../aws/sigv4/verify.ts';
import { operationOfTarget, signingName } from '../aws/services.ts';
import type { ServiceName } from '../aws/services.ts';
import type { Logger } from '../logging/logger.ts';
import type { ServiceHandler } from '../services/api/serve.ts';
import type { EdgeAnswer, EdgeRequest } from './edge.ts';

export interface CallerCredentials extends SigningCredentials {
  caller: Caller;
}

export interface RouterOptions {
  /** The services that this build serves; the API models know more. */
  services: Readonly<Partial<Record<ServiceName, ServiceHandler>>>;
  /** Answers what a browser asks for; undefined for what is not the console's. */
  console?: ((request: EdgeRequest) => EdgeAnswer | undefined) | undefined;
  verify: Verifier<CallerCredentials>;
  clock: () => number;
  logger: Logger;
  /** Told of each answer. */
  ended?: ((service: string, operation: string, outcome: string, seconds: number) => void) | undefined;
  /** Whether requests can be served now, and if not, why. */
  readiness(): { ready: boolean; reasons: string[] };
}

const JSON_TYPE = 'application/x-amz-json-1.1';
/** More requests than this at once are told to come back: what is in work keeps its latency. */
const MAX_IN_FLIGHT = 1_024;
const EMPTY = Buffer.alloc(0);

export interface Router {
  (request: EdgeRequest): Promise<EdgeAnswer>;
  /** Requests in work. */
  inFlight(): number;
}

export function createRouter(options: RouterOptions): Router {
  let inFlight = 0;
  const route = async (request: EdgeRequest): Promise<EdgeAnswer> => {
    if (request.method === 'GET') return options.console?.(request) ?? health(request.target, options);
    const requestId = randomUUID();
    if (request.method !== 'POST' || request.headers['content-type'] !== JSON_TYPE) {
      return failed(encodeNoSuchProtocol(), requestId);
    }
    const operation = operationOfTarget(header(request, 'x-amz-target'));
    if (operation === undefined) return failed(encodeError('kms', unknownOperation()), requestId);
    inFlight += 1;
    const began = performance.now();
    let outcome = 'ok';
    try {
      if (inFlight > MAX_IN_FLIGHT) throw throttled();
      const { credentials, region } = options.verify(
        request,
        signingName(operation.service),
        options.clock(),
      );
      const serve = options.services[operation.service];
      if (serve === undefined) throw notServed(operation.service);
      const body = await serve(
        operation.operation,
        {
          caller: credentials.caller,
          region,
          requestId,
          origin: { sourceIp: request.sourceIp, userAgent: header(request, 'user-agent'), tls: request.tls },
        },
        request.body,
      );
      return succeeded(body, requestId);
    } catch (thrown) {
      const error = asApiError(thrown, operation.service, options.logger);
      outcome = error.code;
      return failed(encodeError(operation.service, error), requestId);
    } finally {
      inFlight -= 1;
      options.ended?.(operation.service, operation.operation, outcome, (performance.now() - began) / 1000);
    }
  };
  return Object.assign(route, { inFlight: () => inFlight });
}

function header(request: EdgeRequest, name: string): string {
  const value = request.headers[name];
  return typeof value === 'string' ? value : '';
}

function succeeded(body: string, requestId: string): EdgeAnswer {
  return {
    status: 200,
    headers: [
      'x-amzn-RequestId',
      requestId,
      'Content-Type',
      JSON_TYPE,
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
  const state = target === '/healthz' ? { ready: true, reasons: [] } : options.readiness();
  const body = Buffer.from(`${JSON.stringify(state)}\n`);
  return {
    status: state.ready ? 200 : 503,
    headers: ['Content-Type', 'application/json', 'Content-Length', String(body.length)],
    body,
  };
}
