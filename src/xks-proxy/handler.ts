/**
 * One request from path to answer: who asks (signature), what (body), and what Claviger says to it. Each has one line in the log, in which
 * there is nothing of a message, and nothing that a stranger wrote but names.
 */
import { ApiError } from '../aws/errors.ts';
import type { EdgeAnswer, EdgeRequest } from '../edge/edge.ts';
import type { Logger } from '../logging/logger.ts';
import type { ErrorName } from '../xks/protocol.ts';
import type { Claviger } from './claviger.ts';
import { ClavigerRefused } from './claviger.ts';
import { encrypt } from './encryption.ts';
import { NoAnswer } from './endpoints.ts';
import { health } from './health.ts';
import { Refused, internalFailure, refusalOf, saysOfCredentials } from './refusal.ts';
import {
  readDecryptRequest,
  readEncryptRequest,
  readHealthRequest,
  readMetadataRequest,
} from './requests.ts';
import type { OnBehalfOf } from './requests.ts';
import type { Route, Router } from './stores.ts';

export interface HandlerPorts {
  readonly router: Router;
  readonly claviger: Claviger;
  readonly fleetSize: number;
  /** Of this proxy. */
  readonly version: string;
  readonly logger: Logger;
  readonly clock: () => number;
}

/** What the log says of a request, as far as it came. */
interface Line {
  store?: string;
  operation?: string;
  externalKeyId?: string;
  accessKeyId?: string;
  kmsOperation?: string;
  kmsRequestId?: string;
  kmsKeyArn?: string | undefined;
  /** Why, for whoever runs the proxy. */
  reason?: string;
}

const JSON_TYPE = 'application/json';
/**
 * For load balancers, which "an XKS Proxy MUST also implement": whether this proxy serves. Not whether Claviger does, for which no balancer
 * should take away all of its proxies.
 */
const ALIVE_PATH = '/healthz';
/** A reason may quote headers of a stranger. */
const MAX_REASON = 200;

export type Handler = (request: EdgeRequest) => Promise<EdgeAnswer>;

export function createHandler(ports: HandlerPorts): Handler {
  return async (request) => {
    if (request.method === 'GET' && request.target === ALIVE_PATH) return encode(200, { ready: true });
    const started = performance.now();
    const line: Line = {};
    const { status, outcome, content } = await answerTo(request, ports, line);
    const ms = Math.round((performance.now() - started) * 10) / 10;
    ports.logger[status >= 500 ? 'warn' : 'info']({ ...line, outcome, status, ms }, 'request');
    return encode(status, content);
  };
}

interface Outcome {
  status: number;
  /** `ok`, or the name of the error. */
  outcome: string;
  /** Undefined: no body. */
  content: object | undefined;
}

async function answerTo(request: EdgeRequest, ports: HandlerPorts, line: Line): Promise<Outcome> {
  try {
    const route = ports.router(request.target);
    if (route === undefined) {
      line.reason = request.target.slice(0, MAX_REASON);
      throw new Refused('InvalidUriPathException', 'There is nothing at this path.');
    }
    Object.assign(line, {
      store: route.store.path,
      operation: route.operation,
      ...(route.externalKeyId !== '' && { externalKeyId: route.externalKeyId }),
    });
    // "it MUST reject the request with a 405 Method Not Allowed error"
    if (request.method !== 'POST') return { status: 405, outcome: 'MethodNotAllowed', content: undefined };
    authenticate(request, route, ports, line);
    return { status: 200, outcome: 'ok', content: await perform(route, request.body, ports, line) };
  } catch (thrown) {
    const refused = asRefused(thrown, ports.logger, line);
    const content = { errorName: refused.errorName, errorMessage: refused.message };
    return { status: refused.status, outcome: refused.errorName, content };
  }
}

/** @throws Refused AuthenticationFailedException; KMS learns no more than that, the log does */
function authenticate(request: EdgeRequest, { store }: Route, ports: HandlerPorts, line: Line): void {
  try {
    line.accessKeyId = store.verify(request, ports.clock()).accessKeyId;
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    line.reason = `${error.code}: ${error.message}`.slice(0, MAX_REASON);
    throw new Refused('AuthenticationFailedException', 'The signature of the request is not valid.');
  }
}

async function perform(route: Route, body: Buffer, ports: HandlerPorts, line: Line): Promise<object> {
  const { claviger } = ports;
  switch (route.operation) {
    case 'GetHealthStatus': {
      note(readHealthRequest(body), line);
      return healthOf(ports, line);
    }
    case 'GetKeyMetadata': {
      const on = readMetadataRequest(body);
      note(on, line);
      const { keySpec, keyUsage, enabled } = await claviger.describeKey(keyOf(route), on);
      return { keySpec, keyUsage, keyStatus: enabled ? 'ENABLED' : 'DISABLED' };
    }
    case 'Encrypt': {
      const request = readEncryptRequest(body);
      note(request.onBehalfOf, line);
      const encrypted = await encrypt(claviger, keyOf(route), request);
      return {
        ciphertext: encrypted.ciphertext.toString('base64'),
        ciphertextMetadata: encrypted.metadata.toString('base64'),
        initializationVector: encrypted.iv.toString('base64'),
        authenticationTag: encrypted.tag.toString('base64'),
        ciphertextDataIntegrityValue: encrypted.integrity?.toString('base64'),
      };
    }
    case 'Decrypt': {
      const request = readDecryptRequest(body);
      note(request.onBehalfOf, line);
      const plaintext = await claviger.decrypt(keyOf(route), request);
      return { plaintext: plaintext.toString('base64') };
    }
  }
}

function note({ operation, requestId, kmsKeyArn }: OnBehalfOf, line: Line): void {
  line.kmsOperation = operation;
  line.kmsRequestId = requestId;
  if (kmsKeyArn !== undefined) line.kmsKeyArn = kmsKeyArn;
}

/** @throws Refused KeyNotFoundException */
function keyOf({ store, externalKeyId }: Route): string {
  const key = store.keyOf(externalKeyId);
  if (key === undefined) throw refusalOf('NotFoundException');
  return key;
}

/** The errors that an answer about health may have, of those that Claviger's can become ("Error codes"). */
const OF_HEALTH: readonly ErrorName[] = [
  'ThrottlingException',
  'DependencyTimeoutException',
  'InternalException',
];

async function healthOf({ claviger, fleetSize, version }: HandlerPorts, line: Line): Promise<object> {
  try {
    return await health(claviger, fleetSize, version);
  } catch (error) {
    if (!(error instanceof ClavigerRefused) || OF_HEALTH.includes(refusalOf(error.code).errorName))
      throw error;
    line.reason = error.message.slice(0, MAX_REASON);
    throw internalFailure();
  }
}

/** What KMS is told, and what the log says of it beyond that. */
function asRefused(thrown: unknown, logger: Logger, line: Line): Refused {
  if (thrown instanceof Refused) return thrown;
  if (thrown instanceof NoAnswer) {
    line.reason = thrown.message;
    if (!thrown.late) return internalFailure();
    return new Refused('DependencyTimeoutException', 'The key manager does not answer in time.');
  }
  if (thrown instanceof ClavigerRefused) {
    line.reason = thrown.message.slice(0, MAX_REASON);
    if (saysOfCredentials(thrown.code))
      logger.error(
        { code: thrown.code },
        'Claviger does not take the credentials of this proxy: claviger.accessKeyId, claviger.secretFile, claviger.region, or the clock',
      );
    return refusalOf(thrown.code);
  }
  logger.error({ err: thrown }, 'a request failed unexpectedly');
  return internalFailure();
}

function encode(status: number, content: object | undefined): EdgeAnswer {
  if (content === undefined) return { status, headers: ['Allow', 'POST', 'Content-Length', '0'], body: '' };
  const body = JSON.stringify(content);
  return {
    status,
    headers: ['Content-Type', JSON_TYPE, 'Content-Length', String(Buffer.byteLength(body))],
    body,
  };
}
