import { randomUUID } from 'node:crypto';
import type { IncomingMessage, Server } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocket, WebSocketServer } from 'ws';
import type { Documents } from '../shared/documents';
import type { NotificationService, User } from './notification-service';

const HEARTBEAT_MS = 30_000;

interface Connection {
  user: User;
  socket: WebSocket;
  openedAt: number;
  received: number;
}

/** Live updates: a client says which documents it follows, and hears what happens to them. */
export class WebSocketService {
  private readonly sockets = new WebSocketServer({ noServer: true });
  private readonly connections = new Map<string, Connection>();
  private readonly heartbeat = setInterval(() => this.ping(), HEARTBEAT_MS).unref();

  constructor(
    server: Server,
    private readonly documents: Documents,
    private readonly notifications: NotificationService,
  ) {
    server.on('upgrade', (request, socket, head) => this.upgrade(request, socket, head));
  }

  close(): void {
    clearInterval(this.heartbeat);
    for (const { socket } of this.connections.values()) socket.terminate();
    this.sockets.close();
  }

  private upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const user = new URL(request.url ?? '/', 'http://localhost').searchParams.get('user');
    if (user === null) {
      socket.end('HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n');
      return;
    }
    this.sockets.handleUpgrade(request, socket, head, (webSocket) => this.accept(webSocket, user));
  }

  private accept(socket: WebSocket, name: string): void {
    const say = (message: object): void => send(socket, message);
    const user = this.notifications.join(name, say);
    const connection = { user, socket, openedAt: Date.now(), received: 0 };
    const id = randomUUID();
    this.connections.set(id, connection);

    this.documents.on('announcement', say);
    socket.on('error', (error) => console.error(`${name}: ${error.message}`));
    socket.on('close', () => {
      this.connections.delete(id);
      this.documents.off('announcement', say);
      this.notifications.leave(user);
    });
    socket.on('message', (data) => {
      connection.received++;
      const { follow } = JSON.parse(data.toString()) as { follow: string };
      this.notifications.follow(user, follow);
      say({ type: 'following', documentId: follow });
    });
  }

  /** Keeps proxies from closing what is silent. */
  private ping(): void {
    for (const { socket } of this.connections.values()) {
      if (socket.readyState === WebSocket.OPEN) socket.ping();
    }
  }
}

function send(socket: WebSocket, message: object): void {
  if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}
