/**
 * The frame that all processes of Claviger speak (docs/formats.md, "RPC frame"):
 *
 *     u32 length of what follows | u32 call id | u8 verb (request) or status (response) | payload
 *
 * Calls are pipelined: answers may come in any order and carry the id of their call.
 */

/** Status of a response frame. An error's payload is JSON `{"code": string, "message": string}`. */
export const STATUS_OK = 0;
export const STATUS_ERROR = 1;

/** Frames above this are refused; the largest honest one is an inventory of 100,000 keys. */
export const MAX_FRAME_BYTES = 16 * 1024 * 1024;

const HEADER_BYTES = 9;

export interface Frame {
  id: number;
  /** Verb of a request, status of a response. */
  kind: number;
  /** A view into the received chunk: copy what must outlive the call. */
  payload: Buffer;
}

/** One frame as bytes. */
export function encodeFrame(id: number, kind: number, payload: Buffer): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + payload.length);
  frame.writeUInt32BE(payload.length + 5, 0);
  frame.writeUInt32BE(id, 4);
  frame.writeUInt8(kind, 8);
  payload.copy(frame, HEADER_BYTES);
  return frame;
}

/** Cuts a byte stream into frames, across chunk borders. Throws RangeError on a length that is not allowed. */
export class FrameParser {
  readonly #longest: () => number;
  #pending: Buffer = Buffer.alloc(0);

  /** @param longest length that is allowed now */
  constructor(longest: () => number = () => MAX_FRAME_BYTES) {
    this.#longest = longest;
  }

  /** Calls `onFrame` for each frame that is complete with this chunk. */
  push(chunk: Buffer, onFrame: (frame: Frame) => void): void {
    let bytes = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk]);
    let at = 0;
    while (bytes.length - at >= 4) {
      const length = bytes.readUInt32BE(at);
      if (length < 5 || length > this.#longest())
        throw new RangeError(`frame length ${length} is not allowed`);
      if (bytes.length - at < 4 + length) break;
      const payload = bytes.subarray(at + HEADER_BYTES, at + 4 + length);
      onFrame({ id: bytes.readUInt32BE(at + 4), kind: bytes.readUInt8(at + 8), payload });
      at += 4 + length;
    }
    bytes = bytes.subarray(at);
    this.#pending = bytes;
  }
}

/** An error that crossed a process border: a stable code and a message fit for operators (never a secret). */
export class RpcError extends Error {
  readonly code: string;

  constructor(code: string, message: string) {
    super(message);
    this.name = 'RpcError';
    this.code = code;
  }
}

export function encodeError(error: unknown): Buffer {
  const code = error instanceof RpcError ? error.code : 'INTERNAL';
  const message = error instanceof RpcError ? error.message : 'internal error';
  return Buffer.from(JSON.stringify({ code, message }));
}

export function decodeError(payload: Buffer): RpcError {
  const { code, message } = JSON.parse(payload.toString('utf8')) as { code: string; message: string };
  return new RpcError(code, message);
}
