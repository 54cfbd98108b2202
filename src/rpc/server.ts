/** The answering side of an RPC connection: cuts frames, runs the handler of each verb, answers a chunk in one write. */
import type { Duplex } from 'node:stream';
import {
  FrameParser,
  MAX_FRAME_BYTES,
  RpcError,
  STATUS_ERROR,
  STATUS_OK,
  encodeError,
  encodeFrame,
} from './frames.ts';
import type { Frame } from './frames.ts';

/** Answers one call; `Session` is what the process keeps per connection (who has logged in, for one). */
export type RpcHandler<Session> = (payload: Buffer, session: Session) => Buffer | Promise<Buffer>;
export type RpcHandlers<Session> = Readonly<Record<number, RpcHandler<Session>>>;

/** With more answers than this unread, no further request is read: who asks and does not listen must not fill the memory. */
const MOST_UNREAD_BYTES = 1024 * 1024;

export interface ServeOptions {
  beforeAnswers?: () => void;
  /** Length of a frame that is taken now. */
  longestFrame?: () => number;
}

/**
 * Serves one connection until it ends. Answers of synchronous handlers to one chunk leave in one write, after
 * `beforeAnswers` (where the HSM writes its log: a use is on record before its result leaves).
 */
export function serveConnection<Session>(
  socket: Duplex,
  session: Session,
  handlers: RpcHandlers<Session>,
  { beforeAnswers = () => {}, longestFrame = () => MAX_FRAME_BYTES }: ServeOptions = {},
): void {
  const parser = new FrameParser(longestFrame);
  let answers: Buffer[] = [];
  let scheduled = false;

  const flush = (): void => {
    scheduled = false;
    if (answers.length === 0) return;
    try {
      beforeAnswers();
    } catch {
      socket.destroy(); // what could not be recorded must not be answered
      return;
    }
    const frames = answers;
    answers = [];
    if (socket.destroyed) return;
    socket.write(frames.length === 1 ? (frames[0] as Buffer) : Buffer.concat(frames));
    if (socket.writableLength <= MOST_UNREAD_BYTES || socket.isPaused()) return;
    socket.pause();
    socket.once('drain', () => socket.resume());
  };
  const answerLater = (frame: Buffer): void => {
    answers.push(frame);
    if (scheduled) return;
    scheduled = true;
    setImmediate(flush);
  };
  const answer = (frame: Frame): void => {
    try {
      const handler = handlers[frame.kind];
      if (handler === undefined) throw new RpcError('UNKNOWN_VERB', `verb ${frame.kind} is unknown`);
      const result = handler(frame.payload, session);
      if (result instanceof Promise) {
        result.then(
          (payload) => answerLater(encodeFrame(frame.id, STATUS_OK, payload)),
          (error: unknown) => answerLater(encodeFrame(frame.id, STATUS_ERROR, encodeError(error))),
        );
      } else answers.push(encodeFrame(frame.id, STATUS_OK, result));
    } catch (error) {
      answers.push(encodeFrame(frame.id, STATUS_ERROR, encodeError(error)));
    }
  };

  socket.on('data', (chunk: Buffer) => {
    try {
      parser.push(chunk, answer);
    } catch {
      socket.destroy();
      return;
    }
    flush();
  });
  socket.on('error', () => socket.destroy());
}
