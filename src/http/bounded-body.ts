/** Answers of other servers, which are read no further than they may be long. */
import type { IncomingMessage } from 'node:http';

/** @param most bytes @throws Error for a body that is longer, or that was cut (Node's: the stream fails) */
export async function readBounded(response: IncomingMessage, most: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of response as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > most) throw new Error('the answer is too long');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
