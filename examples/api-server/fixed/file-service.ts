import { createReadStream, type ReadStream } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import { basename, extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { sendJson, type Call } from '../shared/router';

const PREVIEW = { end: 499 };
const types: Record<string, string> = { '.md': 'text/markdown', '.png': 'image/png', '.txt': 'text/plain' };

interface Download {
  name: string;
  startedAt: number;
  file?: FileHandle;
  stream?: ReadStream;
}

/** The files that belong to the documents. */
export class FileService {
  /** What is under way, for the status page, and to be ended with the service. */
  private readonly active = new Set<Download>();

  constructor(private readonly folder: string) {}

  /** The whole file, unless the client has it already. */
  async download({ params, request, response }: Call): Promise<void> {
    const { name = '' } = params;
    const type = types[extname(name)];
    if (type === undefined || basename(name) !== name) return sendJson(response, 404, { error: `there is no file ${name}` });

    const download = this.begin(name);
    try {
      const file = await open(join(this.folder, name));
      download.file = file;
      const { size, mtimeMs } = await file.stat();
      const etag = `"${size.toString(36)}-${Math.trunc(mtimeMs).toString(36)}"`;
      if (request.headers['if-none-match'] === etag) {
        response.writeHead(304, { etag }).end();
        return;
      }
      response.writeHead(200, { 'content-type': type, 'content-length': size, etag });
      await pipeline(file.createReadStream(), response);
    } finally {
      await this.end(download);
    }
  }

  /** The beginning of a file, if it is text. */
  async preview({ params, response }: Call): Promise<void> {
    const { name = '' } = params;
    const type = types[extname(name)];
    if (type === undefined || basename(name) !== name) return sendJson(response, 404, { error: `there is no file ${name}` });
    if (!type.startsWith('text/')) return sendJson(response, 415, { error: `${name} is no text` });

    const download = this.begin(name);
    try {
      const stream = createReadStream(join(this.folder, name), PREVIEW);
      download.stream = stream;
      response.writeHead(200, { 'content-type': type });
      await pipeline(stream, response);
    } finally {
      await this.end(download);
    }
  }

  /** How many files are being sent. */
  get load(): number {
    return this.active.size;
  }

  async close(): Promise<void> {
    for (const download of this.active) await this.end(download);
  }

  private begin(name: string): Download {
    const download: Download = { name, startedAt: Date.now() };
    this.active.add(download);
    return download;
  }

  private async end(download: Download): Promise<void> {
    this.active.delete(download);
    download.stream?.destroy();
    await download.file?.close();
  }
}
