interface Options {
  everyMs: number;
  beat: () => void;
}

export class Heartbeat {
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly options: Options) {}

  start(): void {
    const { beat, everyMs } = this.options;
    this.timer = setInterval(beat, everyMs);
  }

  stop(): void {
    clearInterval(this.timer);
  }
}
