declare namespace LeaklineReporter {
  /** As Jest's `reporters` take them. */
  interface Options {
    /** A file for the summary as JSON. */
    json?: string;
    /** Print no summary. */
    quiet?: boolean;
  }
}

declare class LeaklineReporter {
  constructor(globalConfig: unknown, options?: LeaklineReporter.Options);
  onRunStart(): void;
  onRunComplete(): void;
}

export = LeaklineReporter;
