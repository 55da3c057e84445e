/** What {@link registerOtel} uses of OpenTelemetry. */
export interface OtelOptions {
  /** The module `@opentelemetry/api`. Default: the application's own copy, which must be installed. */
  api?: { metrics: { getMeter(name: string, version?: string): any } };
  /** A MeterProvider in place of the global one. */
  meterProvider?: { getMeter(name: string, version?: string): any };
}

/** Instruments that are registered. */
export interface OtelRegistration {
  /** Ends the observation. */
  unregister(): void;
  /** As {@link OtelRegistration.unregister}. */
  [Symbol.dispose](): void;
}

/**
 * Registers observable instruments with OpenTelemetry: `leakline.registration.live`, `.count`, `.released`, `.collected`;
 * `leakline.site.count`, `.live`, `.entries`, `.growth`; `leakline.heap.used`, `.growth`; `leakline.previous_end.count`;
 * `leakline.native_memory`. Attributes: `leakline.kind`, `leakline.verdict`, `leakline.owner`,
 * `leakline.site.fingerprint`, `leakline.label`, `leakline.reason`, `code.file.path`, `code.line.number`.
 *
 * Each collection of the SDK reads the latest that the collector has prepared, as `metrics()` does. While leakline is off nothing is observed. The number of series is bounded
 * as that of `metrics()`.
 *
 * @throws {LeaklineError} `ERR_LEAKLINE_OTEL` when the API is not installed; `ERR_LEAKLINE_OPTION`
 * @example
 * const { registerOtel } = require('leakline/otel');
 *
 * registerOtel();
 */
export function registerOtel(options?: OtelOptions): OtelRegistration;

declare global {
  // As Node's own types have it: for programs that do not use them.
  interface SymbolConstructor {
    readonly dispose: unique symbol;
  }
}
