/** The administrator's socket of the server: what it answers. Who may open it is decided by the file system. */
import { createServer } from 'node:net';
import type { Server, Socket } from 'node:net';
import { createInterface } from 'node:readline';
import type { Logger } from '../logging/logger.ts';
import type { Account, AccessKey } from '../services/iam/entities.ts';
import type {
  AdminAnswer,
  AdminRequest,
  CreatedAccount,
  ListedAccount,
  QuarantinedObject,
} from './admin-messages.ts';
import { listenLocally, localSocketPath } from './local-socket.ts';
import type { QuarantinedKey } from '../storage/schema.ts';

const MAX_LINE = 4_096;
/** AWS Organizations: account names have 1 to 50 characters. */
const NAME = /^[\u0020-\u007e]{1,50}$/;

export interface AdminPorts {
  accounts(): readonly Account[];
  createAccount(name: string | null): Promise<{ account: Account; key: AccessKey }>;
  quarantined(): Promise<QuarantinedKey[]>;
  logger: Logger;
}

/** Listens until the server is closed. @param serverDir absolute @throws Error */
export async function openAdminSocket(serverDir: string, ports: AdminPorts): Promise<Server> {
  const server = createServer((socket) => serve(socket, ports));
  await listenLocally(server, localSocketPath(serverDir, 'admin.sock'));
  return server;
}

function serve(socket: Socket, ports: AdminPorts): void {
  let length = 0;
  socket.on('error', () => {}); // who asked has gone away
  socket.on('data', (chunk: Buffer) => {
    length += chunk.length;
    if (length > MAX_LINE) socket.destroy();
  });
  createInterface({ input: socket })
    .once('line', (line) => {
      void answer(line, ports).then((result) => socket.end(`${JSON.stringify(result)}\n`));
    })
    .on('error', () => {});
}

async function answer(line: string, ports: AdminPorts): Promise<AdminAnswer> {
  try {
    return { ok: true, result: await perform(JSON.parse(line) as AdminRequest, ports) };
  } catch (error) {
    ports.logger.warn({ err: error }, 'a request of the administrator failed');
    return { ok: false, error: (error as Error).message };
  }
}

async function perform(
  request: AdminRequest,
  ports: AdminPorts,
): Promise<CreatedAccount | ListedAccount[] | QuarantinedObject[]> {
  switch (request.command) {
    case 'listAccounts':
      return ports.accounts().map(listed);
    case 'createAccount': {
      const { name } = request;
      if (name !== null && (typeof name !== 'string' || !NAME.test(name)))
        throw new Error('a name has 1 to 50 characters of ASCII');
      const { account, key } = await ports.createAccount(name);
      ports.logger.info({ accountId: account.accountId }, 'an account was created');
      const { accessKeyId, secretAccessKey } = key;
      return { ...listed(account), accessKeyId, secretAccessKey };
    }
    case 'listQuarantine':
      return (await ports.quarantined()).map((key) => ({
        clusterId: key.cluster_id,
        hsmId: key.hsm_id,
        materialId: key.material_id,
        label: key.label,
        firstSeen: new Date(key.first_seen_at).toISOString(),
      }));
    default:
      throw new Error('no such command');
  }
}

function listed({ accountId, name, createdAt }: Account): ListedAccount {
  return { accountId, name, createdAt: new Date(createdAt).toISOString() };
}
