interface Settings {
  ttlMs: number;
  maxEntries: number;
}

interface CachedResponse {
  body: string;
  storedAt: number;
}

/** Rendered answers by the URL that was asked for. */
export class CacheService {
  private readonly responses = new Map<string, CachedResponse>();

  constructor(private readonly settings: Settings) {}

  /** The answer as it was rendered lately, or rendered now. */
  async get(url: string, render: () => Promise<string>): Promise<string> {
    const cached = this.responses.get(url);
    if (cached !== undefined && Date.now() - cached.storedAt < this.settings.ttlMs) return cached.body;
    const body = await render();
    this.responses.delete(url);
    this.responses.set(url, { body, storedAt: Date.now() });
    // A Map is in order of insertion, so its first key is the oldest.
    const [oldest] = this.responses.keys();
    if (this.responses.size > this.settings.maxEntries && oldest !== undefined) this.responses.delete(oldest);
    return body;
  }

  /** How full it is, 1 for full. */
  get load(): number {
    return Math.min(1, this.responses.size / this.settings.maxEntries);
  }
}
