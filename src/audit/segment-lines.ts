/** The lines of a segment's file, piece by piece. */
import { open } from 'node:fs/promises';

const CHUNK_BYTES = 1024 * 1024;

/** The whole lines that a file holds from `offset` on, about a megabyte of them; empty when there is none. */
export async function wholeLines(path: string, offset: number): Promise<Buffer> {
  const file = await open(path, 'r');
  try {
    for (let size = CHUNK_BYTES; ; size *= 2) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(size), 0, size, offset);
      const end = buffer.subarray(0, bytesRead).lastIndexOf(0x0a) + 1;
      if (end > 0 || bytesRead < size) return buffer.subarray(0, end);
    }
  } finally {
    await file.close();
  }
}

/** The lines of a text, without their line feeds; what follows the last line feed is no line. */
export function* splitLines(bytes: Buffer): Generator<Buffer> {
  let start = 0;
  for (let end = bytes.indexOf(0x0a); end >= 0; end = bytes.indexOf(0x0a, start)) {
    yield bytes.subarray(start, end);
    start = end + 1;
  }
}
