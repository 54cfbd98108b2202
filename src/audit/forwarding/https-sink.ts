/** An HTTPS endpoint: events are posted some at a time, one JSON record a line; any 2xx means that all were taken. */
import { httpsPost } from '../https-post.ts';
import type { HttpsTarget } from '../https-post.ts';
import type { RawRecord } from '../tail.ts';
import type { Sink } from './sink.ts';

const LINE_FEED = Buffer.from('\n');

export function httpsSink(target: HttpsTarget): Sink {
  return {
    async send(records, deadlineMs) {
      const { writer, seq: first } = records[0] as RawRecord;
      const { seq: last } = records.at(-1) as RawRecord;
      const headers = {
        'content-type': 'application/x-ndjson',
        // a record that comes again has the number that it had
        'x-claviger-writer': writer,
        'x-claviger-first': String(first),
        'x-claviger-last': String(last),
      };
      const body = Buffer.concat(records.flatMap(({ bytes }) => [bytes, LINE_FEED]));
      await httpsPost(target, headers, body, deadlineMs);
    },
    close: () => undefined,
  };
}
