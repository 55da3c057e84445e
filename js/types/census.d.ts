// Everything that lives in one thread: what `snapshot({ census: true })` adds.

/** Every array, Map, Set and emitter of one thread, and in a test runner's sandbox of that sandbox. */
export interface Census {
  /** How long the thread stood still for it, in ms. */
  pauseMs: number;
  /** Heap in use afterwards, in bytes; all garbage was collected. */
  heapBytes: number;
  /**
   * By kind, `array`, `map`, `set` and `emitter`: how many, and their elements, entries or listeners together. `object`:
   * those with at least {@link Options.minSize} properties.
   */
  counts: Record<string, { instances: number; entries: number }>;
  /** The 100 largest of at least {@link Options.minSize} entries. Names of classes and properties, never a value. */
  largest: {
    kind: string;
    /** Its class. */
    class: string;
    /** Elements, entries or listeners. */
    size: number;
    /**
     * The class and property that holds it, such as `TaskProcessor.subscribers`, or else the variable; null where neither
     * is known.
     */
    heldBy: string | null;
    /** Class of its elements, or of a Map's values, as far as looked at; null when they are several. */
    elements: string | null;
    /** Entries more than at the census before; absent where that did not list it. */
    grewBy?: number;
  }[];
}
