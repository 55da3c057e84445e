import type { IncomingMessage, ServerResponse } from 'node:http';

export interface Call {
  request: IncomingMessage;
  response: ServerResponse;
  url: URL;
  /** What stands in the path where the route has `:name`. */
  params: Record<string, string>;
}

type Handler = (call: Call) => Promise<void> | void;

interface Route {
  method: string;
  pattern: RegExp;
  handler: Handler;
}

/** Finds the handler of a request. What a handler throws is answered with 500. */
export class Router {
  private readonly routes: Route[] = [];

  /** `path` such as `/documents/:id`. */
  add(method: string, path: string, handler: Handler): this {
    const pattern = new RegExp(`^${path.replaceAll(/:(\w+)/g, '(?<$1>[^/]+)')}$`);
    this.routes.push({ method, pattern, handler });
    return this;
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    try {
      for (const { method, pattern, handler } of this.routes) {
        const match = method === request.method ? pattern.exec(url.pathname) : null;
        if (match !== null) return await handler({ request, response, url, params: { ...match.groups } });
      }
      sendJson(response, 404, { error: `there is no ${request.method} ${url.pathname}` });
    } catch (error) {
      console.error(error);
      if (response.headersSent) response.destroy();
      else sendJson(response, 500, { error: 'internal error' });
    }
  }
}

export function sendJson(response: ServerResponse, status: number, value: unknown): void {
  sendText(response, status, JSON.stringify(value), 'application/json');
}

export function sendText(response: ServerResponse, status: number, body: string, type: string): void {
  response.writeHead(status, { 'content-type': type, 'content-length': Buffer.byteLength(body) }).end(body);
}

/** The body of a request. */
export async function readJson(request: IncomingMessage): Promise<unknown> {
  let body = '';
  request.setEncoding('utf8');
  for await (const chunk of request) body += chunk;
  return JSON.parse(body);
}
