/** From frames to verbs and back: what every call has in common, whatever its verb. */
import type { Duplex } from 'node:stream';
import { CryptoErrorCode } from '../rpc/crypto-messages.ts';
import { MAX_FRAME_BYTES, RpcError } from '../rpc/frames.ts';
import { HsmErrorCode } from '../rpc/hsm-messages.ts';
import type { KeyReport } from '../rpc/hsm-messages.ts';
import { serveConnection } from '../rpc/server.ts';
import type { RpcHandler, RpcHandlers } from '../rpc/server.ts';
import { Pkcs11Failure, pkcs11Failure } from '../pkcs11/errors.ts';
import { clearOpenSslErrors } from '../native/addon.ts';
import { cryptoHandlers } from './crypto-verbs.ts';
import { hsmState } from './hsm.ts';
import type { Hsm, HsmSession } from './hsm.ts';
import type { OpenPartition } from './keys.ts';
import type { NewLogEntry } from '../hsm-log/line.ts';
import type { Uncommitted } from './key-work.ts';
import { MANAGEMENT_VERBS } from './management-verbs.ts';
import { moduleFailed } from './gcm.ts';
import { requireApproval } from './quorum.ts';
import { parseRequest } from './requests.ts';
import type { Request } from './requests.ts';
import { OFFICER, abandonUser, endAbandoned } from './users.ts';
import type { Call, ManagementVerb } from './verb.ts';

/** Response codes of CloudHSM's audit log (user guide, "Audit log reference"); 1 stands for all it does not publish. */
const RESPONSES: Readonly<Record<string, number>> = {
  [HsmErrorCode.userNotFound]: 157,
  [HsmErrorCode.loginFailed]: 163,
  [HsmErrorCode.userLocked]: 163,
};

/** Handlers of all verbs of one HSM. */
export function hsmHandlers(hsm: Hsm): RpcHandlers<HsmSession> {
  const handlers: Record<number, RpcHandler<HsmSession>> = { ...cryptoHandlers(hsm) };
  for (const [number, verb] of Object.entries(MANAGEMENT_VERBS))
    handlers[Number(number)] = managementHandler(hsm, verb);
  return handlers;
}

/**
 * A login outlives its last connection for so long, unless Logout or Drain ended it: whoever was only cut off has it back with its
 * password, while a new login looks at every object of the token, a second with some thousand keys.
 */
const LOGIN_OUTLIVES_MS = 10_000;

/** Before a login: two certificates are the most that is sent. */
const STRANGERS_FRAME_BYTES = 64 * 1024;

/** Serves one connection; its login ends soon after it. */
export function serveHsmConnection(
  hsm: Hsm,
  handlers: RpcHandlers<HsmSession>,
  socket: Duplex,
  session: HsmSession,
): void {
  hsm.connections.add(session);
  serveConnection(socket, session, handlers, {
    beforeAnswers() {
      clearOpenSslErrors(); // of failed module calls: else TLS takes them for its own
      hsm.log.flush();
    },
    longestFrame: () =>
      session.partition === undefined && session.officerPin === undefined
        ? STRANGERS_FRAME_BYTES
        : MAX_FRAME_BYTES,
  });
  socket.on('close', () => {
    session.closed = true;
    hsm.connections.delete(session);
    guarded(hsm, () => endSession(hsm, session));
  });
}

function guarded(hsm: Hsm, work: () => void): void {
  try {
    work();
  } catch (error) {
    hsm.reportFault('a connection could not be ended', error);
  } finally {
    clearOpenSslErrors();
  }
}

function endSession(hsm: Hsm, session: HsmSession): void {
  const who = loggedInAs(session);
  const { partition } = session;
  session.partition = undefined;
  session.officerPin = undefined;
  if (partition !== undefined && abandonUser(partition, session.id)) {
    if (hsm.draining) endAbandoned(partition);
    else setTimeout(() => guarded(hsm, () => endAbandoned(partition)), LOGIN_OUTLIVES_MS).unref();
  }
  if (who !== undefined)
    hsm.log.record({ opcode: 'CN_APP_FINALIZE', session: session.id, response: 0, ...who });
}

function loggedInAs({
  partition,
  officerPin,
}: HsmSession): Pick<NewLogEntry, 'userName' | 'userType'> | undefined {
  if (partition !== undefined) return { userName: partition.name, userType: 'CRYPTO_USER' };
  if (officerPin !== undefined) return { userName: OFFICER, userType: 'CRYPTO_OFFICER' };
  return undefined;
}

function managementHandler(hsm: Hsm, verb: ManagementVerb): RpcHandler<HsmSession> {
  return (payload, session) => {
    const request = readRequest(payload);
    requireRights(hsm, verb, session);
    const who = verb.names?.(request) ?? loggedInAs(session) ?? {};
    const ended = (error?: unknown, result?: unknown): void => {
      if (verb.opcode === undefined) return;
      const response = error === undefined ? 0 : responseOf(error);
      hsm.log.appendDurably({
        opcode: verb.opcode,
        session: session.id,
        response,
        ...who,
        ...aboutKey(request, result),
      });
    };
    const succeed = (result: unknown): Buffer => {
      ended(undefined, result);
      return Buffer.from(JSON.stringify(result ?? (result === null ? null : {})));
    };
    const fail = (error: unknown): never => {
      const answered = answerableError(hsm, error);
      ended(answered);
      throw answered;
    };
    const approvedCall = (): Call => {
      const call = callOf(hsm, session, request);
      if (verb.intent !== undefined)
        requireApproval(hsm.users.state, session.granted, verb.intent(call), hsm.now());
      return call;
    };
    if ('changeKeys' in verb) {
      const work = (): Uncommitted<unknown> => {
        try {
          return verb.changeKeys(approvedCall());
        } finally {
          clearOpenSslErrors(); // its answer waits for others, and TLS does not
        }
      };
      return hsm.keyWork.add(work).finally(clearOpenSslErrors).then(succeed, fail);
    }
    let result: unknown;
    try {
      result = verb.run(approvedCall());
    } catch (error) {
      return fail(error);
    }
    return result instanceof Promise
      ? result.finally(clearOpenSslErrors).then(succeed, fail)
      : succeed(result);
  };
}

/** Reads the request and wipes its bytes, which may hold a password. */
function readRequest(payload: Buffer): Request {
  try {
    return parseRequest(payload);
  } finally {
    payload.fill(0);
  }
}

function callOf(hsm: Hsm, session: HsmSession, request: Request): Call {
  return {
    hsm,
    session,
    request,
    officerPin: session.officerPin ?? '',
    open() {
      const { partition } = session;
      if (partition?.login === undefined) throw notLoggedIn();
      return partition as OpenPartition;
    },
  };
}

function requireRights(hsm: Hsm, verb: ManagementVerb, session: HsmSession): void {
  const state = hsmState(hsm);
  const wanted = verb.state ?? 'ACTIVE';
  if (wanted !== 'any' && wanted !== state)
    throw new RpcError(HsmErrorCode.wrongState, `the HSM is ${state}`);
  const officer = session.officerPin !== undefined;
  const user = session.partition?.login !== undefined;
  const allowed = { anyone: true, officer, user, login: officer || user }[verb.who];
  if (!allowed) throw notLoggedIn();
}

function notLoggedIn(): RpcError {
  return new RpcError(CryptoErrorCode.notLoggedIn, 'nobody with this right is logged in on this connection');
}

function responseOf(error: unknown): number {
  return error instanceof RpcError ? (RESPONSES[error.code] ?? 1) : 1;
}

/** Which key an entry is about: from the request, and its handle from the answer. */
function aboutKey(request: Request, result: unknown): Pick<NewLogEntry, 'materialId' | 'keyHandle'> {
  const { materialId } = request;
  if (typeof materialId !== 'string') return {};
  const { keyHandle } = (result ?? {}) as Partial<KeyReport>;
  return keyHandle === undefined ? { materialId } : { materialId, keyHandle };
}

/** What the caller gets: our own errors as they are, the module's by name, all others as INTERNAL (and into the process's log). */
function answerableError(hsm: Hsm, error: unknown): Error {
  if (error instanceof RpcError) return error;
  const failure = pkcs11Failure(error);
  hsm.reportFault('a call failed', failure);
  return failure instanceof Pkcs11Failure ? moduleFailed(failure) : failure;
}
