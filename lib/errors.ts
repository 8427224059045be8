/**
 * Everything that hebb throws or rejects with. Test `error.code` (stable) or `instanceof`.
 *
 * Messages say what was expected, what came, and what to do:
 * "Expected `labels` to have 150 rows to match `x`, received 120."
 */
export class HebbError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
    this.code = code;
  }
}

/** Sizes or shapes that do not fit together. `code` is `ERR_SHAPE`. */
export class ShapeError extends HebbError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_SHAPE', message, options);
  }
}

/** An option or argument of the wrong type or out of range. `code` is `ERR_ARGUMENT`. */
export class ArgumentError extends HebbError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_ARGUMENT', message, options);
  }
}

/** Data or a file that cannot be used: ragged rows, a damaged model, an unknown label. `code` is `ERR_DATA`. */
export class DataError extends HebbError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_DATA', message, options);
  }
}

/** NaN or Infinity in the data, or a loss that became NaN. `code` is `ERR_NON_FINITE`. */
export class NonFiniteError extends HebbError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_NON_FINITE', message, options);
  }
}

/** A second job was started on something that runs one job at a time. `code` is `ERR_BUSY`. */
export class BusyError extends HebbError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_BUSY', message, options);
  }
}

/** The system has no memory left for what was asked. `code` is `ERR_OUT_OF_MEMORY`. */
export class OutOfMemoryError extends HebbError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_OUT_OF_MEMORY', message, options);
  }
}

/** The native binary is missing or does not load on this platform. `code` is `ERR_LOAD`; `cause` is the loader's error. */
export class LoadError extends HebbError {
  constructor(message: string, options?: ErrorOptions) {
    super('ERR_LOAD', message, options);
  }
}

/**
 * The caller's `AbortSignal` ended the work. `code` is `ERR_ABORTED`; `partial` holds what there was at that moment
 * (a history, an embedding), or undefined; `cause` is the signal's reason.
 */
export class AbortError<P = unknown> extends HebbError {
  readonly partial: P | undefined;

  constructor(message = 'The operation was aborted.', options: ErrorOptions & { partial?: P } = {}) {
    super('ERR_ABORTED', message, options);
    this.partial = options.partial;
  }
}

const BY_CODE: Record<string, new (message: string, options?: ErrorOptions) => HebbError> = {
  ERR_SHAPE: ShapeError,
  ERR_ARGUMENT: ArgumentError,
  ERR_INVALID_ARG: ArgumentError,
  ERR_DATA: DataError,
  ERR_NON_FINITE: NonFiniteError,
  ERR_BUSY: BusyError,
  ERR_OUT_OF_MEMORY: OutOfMemoryError,
};

/** The typed form of an error that native code threw; anything else comes back as it is. */
export function fromNative(error: unknown): unknown {
  // Not `instanceof Object`: native code makes its errors in the main realm, the caller may live in another one.
  if (error instanceof HebbError || typeof error !== 'object' || error === null) return error;
  const { code, message } = error as { code?: unknown; message?: unknown };
  if (typeof code !== 'string' || typeof message !== 'string') return error;
  if (code === 'ERR_ABORTED') return new AbortError(message, { cause: error });
  const Typed = BY_CODE[code];
  return Typed === undefined ? error : new Typed(message, { cause: error });
}
