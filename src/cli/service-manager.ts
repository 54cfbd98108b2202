/**
 * The service manager that started this process, if one did (systemd): what it is told, by sd_notify(3), and that what is printed
 * goes to its log.
 */
import { fstatSync } from 'node:fs';
import { sendDatagram } from '../native/addon.ts';

/** Whether standard output is a log that others read and that is kept: no place for secrets. */
export function printsToJournal(): boolean {
  // a terminal that a service opened has the variable too, so the descriptor is compared (systemd.exec(5))
  const { dev, ino } = fstatSync(1);
  return process.env['JOURNAL_STREAM'] === `${dev}:${ino}` || notifySocket() !== '';
}

/**
 * Tells that requests are served, or not any more. Without a service manager that wants to know, nothing happens.
 * @param status one line for people, which `systemctl status` shows
 */
export function tellServiceManager(state: 'READY=1' | 'STOPPING=1', status: string): void {
  const socket = notifySocket();
  if (socket === '') return;
  try {
    sendDatagram(socket, `${state}\nSTATUS=${status}\n`);
  } catch (error) {
    console.error(`The service manager could not be told ${state}: ${(error as Error).message}`);
  }
}

function notifySocket(): string {
  return process.env['NOTIFY_SOCKET'] ?? '';
}
