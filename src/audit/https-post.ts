/** One POST with a deadline over everything: connecting, sending, and the answer. */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';

export interface HttpsTarget {
  url: string;
  /** PEM files; the system's CAs and no client certificate when undefined. */
  ca?: string | undefined;
  certificate?: string | undefined;
  key?: string | undefined;
  /** File with the value of the Authorization header. */
  authorization?: string | undefined;
}

/** Files are read with every request: they may be replaced. @throws Error for any answer but 2xx, and after the deadline */
export function httpsPost(
  target: HttpsTarget,
  headers: Readonly<Record<string, string>>,
  body: Buffer,
  deadlineMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    const call = request(target.url, {
      method: 'POST',
      headers: {
        ...headers,
        'content-length': body.length,
        ...(target.authorization !== undefined && {
          authorization: readFileSync(target.authorization, 'utf8').trim(),
        }),
      },
      ...pem('ca', target.ca),
      ...pem('cert', target.certificate),
      ...pem('key', target.key),
      minVersion: 'TLSv1.2',
      agent: false,
      signal: AbortSignal.timeout(deadlineMs),
    });
    call.on('response', (response) => {
      response.resume();
      const status = response.statusCode ?? 0;
      response.on('end', () => {
        if (status >= 200 && status < 300) resolve();
        else reject(new Error(`${new URL(target.url).host} answered ${status}`));
      });
      response.on('error', reject);
    });
    call.on('error', reject);
    call.end(body);
  });
}

function pem(name: string, file: string | undefined): Record<string, Buffer> {
  return file === undefined ? {} : { [name]: readFileSync(file) };
}
