import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Documents } from '../shared/documents';
import { readJson, Router, sendJson, sendText } from '../shared/router';
import { CacheService } from './cache-service';
import { FileService } from './file-service';
import { NotificationService } from './notification-service';
import { WebSocketService } from './websocket-service';

const CACHE_TTL_MS = 30_000;

interface Options {
  titles: string[];
  folder: string;
  cacheEntries: number;
}

/** The whole service, on a free port of the loopback interface. */
export async function startServer({ titles, folder, cacheEntries }: Options) {
  const documents = new Documents(titles);
  const cache = new CacheService({ ttlMs: CACHE_TTL_MS, maxEntries: cacheEntries });
  const files = new FileService(folder);
  const notifications = new NotificationService(documents);

  const router = new Router()
    .add('GET', '/documents/:id', async ({ url, response, params: { id = '' } }) => {
      const document = documents.find(id);
      if (document === undefined) return sendJson(response, 404, { error: `there is no document ${id}` });
      const body = await cache.get(url.pathname + url.search, async () => JSON.stringify(document));
      sendText(response, 200, body, 'application/json');
    })
    .add('POST', '/documents/:id/comments', async ({ request, response, params: { id = '' } }) => {
      const { author, text } = (await readJson(request)) as { author: string; text: string };
      if (documents.comment({ type: 'comment', documentId: id, author, text })) sendJson(response, 201, {});
      else sendJson(response, 404, { error: `there is no document ${id}` });
    })
    .add('GET', '/files/:name', (call) => files.download(call))
    .add('GET', '/files/:name/preview', (call) => files.preview(call))
    .add('GET', '/health', ({ response }) => {
      sendJson(response, 200, { online: notifications.usersOnline, downloads: files.load, cache: cache.load });
    });

  const server = createServer((request, response) => void router.handle(request, response));
  const sockets = new WebSocketService(server, documents, notifications);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    port: (server.address() as AddressInfo).port,

    async close(): Promise<void> {
      documents.announce('The service is about to restart');
      sockets.close();
      await files.close();
      server.close();
      server.closeAllConnections();
      await once(server, 'close');
    },
  };
}
