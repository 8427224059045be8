import { HebbError } from '../errors';

/** The exit codes of `hebb`, as its help tells them. */
export const EXIT = { ok: 0, failure: 1, usage: 2, data: 3, interrupted: 130 } as const;

/** The command line itself is wrong. */
export class UsageError extends HebbError {
  constructor(message: string) {
    super('ERR_USAGE', message);
  }
}
