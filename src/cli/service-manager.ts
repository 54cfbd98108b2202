/**
 * The service manager that started this process, if one did (systemd): what it is told, by sd_notify(3), and that what is printed
 * goes to its log.
 */
import { sendDatagram } from '../native/addon.ts';

/** Whether standard output is a log that others read and that is kept (systemd.exec(5)): no place for secrets. */
export function printsToJournal(): boolean {
  return (process.env['JOURNAL_STREAM'] ?? '') !== '' || notifySocket() !== '';
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
