/**
 * Syslog over TLS: messages as RFC 5424 has them, framed by their length as RFC 5425 section 4.3 does. The protocol has no
 * acknowledgement: a record counts as taken when the connection took it, so what was under way when a connection broke may
 * be missing at the collector. The journal has it.
 */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { connect } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import type { RawRecord } from '../tail.ts';
import type { Sink } from './sink.ts';

export interface SyslogTarget {
  host: string;
  port: number;
  /** PEM files. */
  ca: string | undefined;
  certificate: string | undefined;
  key: string | undefined;
}

/** Facility "log audit" (13), RFC 5424 section 6.2.1. */
const FACILITY = 13;
const SEVERITY = { informational: 6, notice: 5 } as const;

export function syslogSink(target: SyslogTarget): Sink {
  let socket: TLSSocket | undefined;
  const drop = (): void => {
    socket?.destroy();
    socket = undefined;
  };
  return {
    async send(records, deadlineMs) {
      const signal = AbortSignal.timeout(deadlineMs);
      try {
        if (socket?.writable !== true) socket = await open(target, signal);
        await write(socket, Buffer.concat(records.map(frame)), signal);
      } catch (error) {
        drop();
        throw error;
      }
    },
    close: drop,
  };
}

async function open(target: SyslogTarget, signal: AbortSignal): Promise<TLSSocket> {
  const read = (file: string | undefined): Buffer | undefined =>
    file === undefined ? undefined : readFileSync(file);
  const socket = connect({
    host: target.host,
    port: target.port,
    ca: read(target.ca),
    cert: read(target.certificate),
    key: read(target.key),
    minVersion: 'TLSv1.2',
  });
  try {
    await once(socket, 'secureConnect', { signal });
  } catch (error) {
    socket.destroy();
    throw error;
  }
  socket.on('error', () => socket.destroy()); // the next write notices
  socket.resume();
  return socket;
}

function write(socket: TLSSocket, bytes: Buffer, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const abort = (): void => reject(new Error('the syslog collector did not take events in time'));
    signal.addEventListener('abort', abort, { once: true });
    socket.write(bytes, (error) => {
      signal.removeEventListener('abort', abort);
      if (error) reject(error);
      else resolve();
    });
  });
}

/** `<length> <message>` */
function frame(record: RawRecord): Buffer {
  const message = syslogMessage(record);
  return Buffer.concat([Buffer.from(`${message.length} `), message]);
}

/** One event as a message; time and name are those of the event. Exported for tests. */
export function syslogMessage({ writer, seq, bytes }: RawRecord): Buffer {
  const head = bytes.toString('latin1', 0, 2048);
  const time = /"eventTime":"([0-9TZ:-]+)"/.exec(head)?.[1] ?? '-';
  const name = /"eventName":"([A-Za-z0-9]{1,32})/.exec(head)?.[1] ?? '-';
  const severity = bytes.includes('"errorCode":"') ? SEVERITY.notice : SEVERITY.informational;
  const fields = [
    `<${FACILITY * 8 + severity}>1`,
    time,
    hostname()
      .replace(/[^\x21-\x7e]/g, '')
      .slice(0, 255) || '-',
    'claviger',
    String(process.pid),
    name,
    `[record@32473 writer="${writer}" seq="${seq}"]`,
  ];
  return Buffer.concat([Buffer.from(`${fields.join(' ')} `), bytes]);
}
