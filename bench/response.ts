/** HTTP answers as the load generator reads them. */

export interface Response {
  status: number;
  body: Buffer;
  closes: boolean;
}

/**
 * A whole response, or undefined while some of it is missing. One without a Content-Length counts as an answer without a
 * status: both servers are to give one.
 */
export function parseResponse(bytes: Buffer): Response | undefined {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd < 0) return undefined;
  const head = bytes.toString('latin1', 0, headEnd).toLowerCase();
  const length = /\r\ncontent-length: *(\d+)/.exec(head)?.[1];
  if (length === undefined) return { status: 0, body: Buffer.from(head), closes: true };
  const bodyStart = headEnd + 4;
  const end = bodyStart + Number(length);
  if (bytes.length < end) return undefined;
  return {
    status: Number(head.slice(9, 12)),
    body: bytes.subarray(bodyStart, end),
    closes: head.includes('\r\nconnection: close'),
  };
}
