/** The types of {@link LeaklineReporter}. */
declare namespace LeaklineReporter {
  /** As Jest's `reporters` take them. */
  interface Options {
    /** A file for the summary as JSON. */
    json?: string;
    /** Print no summary. */
    quiet?: boolean;
  }
}

/** A reporter for Jest that adds one summary of all leaks to a run: name it in `reporters`. */
declare class LeaklineReporter {
  /** Called by Jest. */
  constructor(globalConfig: unknown, options?: LeaklineReporter.Options);
  /** Called by Jest. */
  onRunStart(): void;
  /** Called by Jest. */
  onRunComplete(): void;
}

export = LeaklineReporter;
