/** Reading members of JSON requests. A wrong one is BAD_REQUEST, which names the member and never shows its value. */
import { REF_BYTES } from '../rpc/crypto-messages.ts';
import { RpcError } from '../rpc/frames.ts';

export type Request = Readonly<Record<string, unknown>>;

function wrong(member: string): RpcError {
  return new RpcError('BAD_REQUEST', `the request has a wrong ${member}`);
}

/** @throws RpcError BAD_REQUEST */
export function parseRequest(payload: Buffer): Request {
  let request: unknown;
  try {
    request = payload.length === 0 ? {} : JSON.parse(payload.toString('utf8'));
  } catch {
    throw new RpcError('BAD_REQUEST', 'the request is not JSON'); // the parser's own message quotes it
  }
  if (typeof request !== 'object' || request === null || Array.isArray(request)) throw wrong('form');
  return request as Request;
}

/** A text of 1 to `most` characters. */
export function text(request: Request, member: string, most = 1024): string {
  const value = request[member];
  if (typeof value !== 'string' || value.length === 0 || value.length > most) throw wrong(member);
  return value;
}

/** A whole number from 0 on. */
export function count(request: Request, member: string): number {
  const value = request[member];
  if (!Number.isSafeInteger(value) || (value as number) < 0) throw wrong(member);
  return value as number;
}

/** 32 hex digits as 16 bytes. */
export function materialId(request: Request): Buffer {
  const value = text(request, 'materialId');
  if (!/^[0-9a-f]{32}$/.test(value)) throw wrong('materialId');
  return Buffer.from(value, 'hex');
}

/** 32 hex digits as 16 bytes, or nothing. */
export function optionalCheck(request: Request): Buffer | undefined {
  if (request['check'] === undefined) return undefined;
  const value = Buffer.from(text(request, 'check'), 'hex');
  if (value.length !== REF_BYTES) throw wrong('check');
  return value;
}

export function base64(request: Request, member: string): Buffer {
  const value = text(request, member, 8192);
  const bytes = Buffer.from(value, 'base64');
  if (bytes.toString('base64') !== value) throw wrong(member);
  return bytes;
}

export function object(request: Request, member: string): Request {
  const value = request[member];
  if (typeof value !== 'object' || value === null) throw wrong(member);
  return value as Request;
}
