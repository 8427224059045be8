/** Where a command writes. `stdout` holds results; progress and remarks go to `stderr`. */
export interface Streams {
  stdout: NodeJS.WriteStream;
  stderr: NodeJS.WriteStream;
}

/**
 * A stream that may fail under our hands: `| head` closes its pipe, a disk is full. Work goes on then, so that a training
 * is saved though nobody listens; what failed is told at the end.
 */
export class Output {
  private error: NodeJS.ErrnoException | undefined;
  /** What redraws itself here, and has to end before anything else is written. */
  live: { stop(): void } | undefined;

  constructor(readonly stream: NodeJS.WriteStream) {
    stream.on('error', (error: NodeJS.ErrnoException) => this.fail(error));
  }

  private fail(error: NodeJS.ErrnoException): void {
    this.error ??= error;
  }

  /** Nothing that is written arrives any more. */
  get gone(): boolean {
    return this.error !== undefined;
  }

  /** Why, unless a reader simply had enough. */
  get failure(): NodeJS.ErrnoException | undefined {
    return this.error?.code === 'EPIPE' ? undefined : this.error;
  }

  write(text: string | Uint8Array): void {
    if (this.gone) return;
    try {
      this.stream.write(text);
    } catch (error) {
      // Files are written at once: their errors are thrown instead of sent.
      this.fail(error as NodeJS.ErrnoException);
    }
  }

  /** Waits for a slow reader, so that what is waiting for it stays small. */
  async ready(): Promise<void> {
    if (this.gone || !this.stream.writableNeedDrain) return;
    await new Promise<void>((resolve) => {
      const done = () => {
        for (const event of ['drain', 'error', 'close']) this.stream.off(event, done);
        resolve();
      };
      for (const event of ['drain', 'error', 'close']) this.stream.on(event, done);
    });
  }

  /** Waits until everything has arrived, or cannot. */
  async flush(): Promise<void> {
    if (this.gone || this.stream.writableLength === 0) return;
    await new Promise<void>((resolve) => {
      this.stream.write('', () => resolve());
    });
  }
}
