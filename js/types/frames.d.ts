// Places in source files.

/** One call on a stack. */
export interface Frame {
  /** Name of the function; null at a module's top level and in anonymous functions. */
  function: string | null;
  /**
   * Absolute path, a `node:` name, or `<anonymous>`. The file that was written, where the one that runs names a source
   * map; `line` and `column` are in it.
   */
  file: string;
  /** 1-based. */
  line: number;
  /** 1-based. */
  column: number;
}

/** A place in a file. */
export interface Position {
  /** As {@link Frame.file}. */
  file: string;
  /** 1-based. */
  line: number;
  /** 1-based. */
  column: number;
}
