/**
 * The connections of the server. When there are as many as there may be, the one that has waited longest for something to come
 * from its client makes room: whoever opens many and sends little on them pushes out its own, and not those who work.
 */
import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** A connection by what a request knows of it; with TLS that is another socket than the one that was accepted. */
export interface Connections {
  /** A complete request is in work. */
  busy(socket: Socket): void;
  /** It was answered. */
  idle(socket: Socket): void;
}

/** @param evicted told of each connection that had to go */
export function keepConnections(server: Server, most: number, evicted: () => void): Connections {
  const open = new Set<Socket>();
  /** Longest first. */
  const idle = new Set<Socket>();
  const accepted = new WeakMap<Socket, Socket>();
  const acceptedBy = new Map<string, Socket>();
  const nameOf = ({ remoteAddress, remotePort }: Socket): string => `${remoteAddress} ${remotePort}`;

  server.on('connection', (socket: Socket) => {
    if (open.size >= most) {
      const longest = idle.values().next().value ?? socket; // all others are in work
      idle.delete(longest);
      open.delete(longest);
      longest.destroy();
      evicted();
      if (longest === socket) return;
    }
    const name = nameOf(socket);
    open.add(socket);
    idle.add(socket);
    acceptedBy.set(name, socket);
    socket.once('close', () => {
      open.delete(socket);
      idle.delete(socket);
      acceptedBy.delete(name);
    });
  });
  server.on('secureConnection', (socket: Socket) => {
    const raw = acceptedBy.get(nameOf(socket));
    if (raw !== undefined) accepted.set(socket, raw);
  });
  const rawOf = (socket: Socket): Socket => accepted.get(socket) ?? socket;
  return {
    busy: (socket) => idle.delete(rawOf(socket)),
    idle: (socket) => {
      const raw = rawOf(socket);
      if (open.has(raw)) idle.add(raw);
    },
  };
}
