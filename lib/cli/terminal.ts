import { SingleBar } from 'cli-progress';
import { figure } from '../report';
import type { Output } from './output';

/** What may be drawn on a stream. */
export interface Look {
  tty: boolean;
  color: boolean;
  columns: number;
}

/** https://no-color.org and FORCE_COLOR first, then whether a terminal listens. */
export function lookOf(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv = process.env): Look {
  const tty = stream.isTTY === true && env.TERM !== 'dumb';
  const forced = env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0' && env.FORCE_COLOR !== '';
  const refused = env.NO_COLOR !== undefined && env.NO_COLOR !== '';
  return { tty, color: forced || (tty && !refused), columns: tty && stream.columns > 0 ? stream.columns : 80 };
}

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow' | 'blue' | 'magenta' | 'cyan' | 'gray';

const CODES: Record<Style, [number, number]> = {
  bold: [1, 22],
  dim: [2, 22],
  red: [31, 39],
  green: [32, 39],
  yellow: [33, 39],
  blue: [34, 39],
  magenta: [35, 39],
  cyan: [36, 39],
  gray: [90, 39],
};

/** `text` in a style, or as it is when the look has no colour. */
export function paint(look: Look, style: Style, text: string): string {
  if (!look.color) return text;
  const [on, off] = CODES[style];
  return `\u001b[${on}m${text}\u001b[${off}m`;
}

/** All of C0 and C1 but the tab and the line feed, and the marks that turn the direction of a line. */
const CONTROL = /(?![\t\n])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/gu;

/** Text from outside as a terminal may show it: what would steer the terminal is written as a code such as \u001b. */
export const harmless = (text: string): string =>
  text.replaceAll('\r\n', '\n').replace(CONTROL, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Columns of text, padded: numbers belong to the right ('r'), words to the left ('l'). */
export function table(rows: readonly (readonly string[])[], align: string): string {
  const widths: number[] = [];
  for (const row of rows) for (const [j, cell] of row.entries()) widths[j] = Math.max(widths[j] ?? 0, cell.length);
  return rows
    .map((row) =>
      row
        .map((cell, j) => (align[j] === 'r' ? cell.padStart(widths[j]) : cell.padEnd(widths[j])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** Text in lines of at most `columns` characters on a terminal, broken between words; the same text elsewhere. */
export function wrap(text: string, { tty, columns }: Look): string {
  if (!tty) return text;
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line);
      line = `  ${word}`;
    } else line += line === '' ? word : ` ${word}`;
  }
  return [...lines, line].join('\n');
}

export function seconds(value: number): string {
  if (value < 1) return `${Math.round(value * 1000)} ms`;
  if (value < 60) return `${value.toFixed(1)} s`;
  return `${Math.floor(value / 60)} min ${Math.round(value % 60)} s`;
}

/** Progress of a training on `stderr`: a bar on a terminal, else a plain line a second at most, and the last one. */
export class TrainingProgress {
  private bar: SingleBar | undefined;
  private lastLine = Number.NEGATIVE_INFINITY;
  /** The newest line, while it has not been written. */
  private waiting = '';
  private room = Number.POSITIVE_INFINITY;
  private stopped = false;
  private lastStage = performance.now();

  constructor(
    private readonly output: Output,
    private readonly look: Look,
    private readonly epochs: number,
    private readonly quiet: boolean,
    /** What is counted. */
    private readonly unit = 'epoch',
  ) {}

  /** Epochs and figures take up to 72 columns. */
  private get barSize(): number {
    return Math.max(8, Math.min(30, this.look.columns - 74));
  }

  start(): void {
    if (this.quiet || !this.look.tty) return;
    this.output.live = this;
    // A few spaces, the unit, and both numbers of epochs stand beside bar and figures.
    this.room = this.look.columns - this.barSize - this.unit.length - 2 * String(this.epochs).length - 7;
    this.bar = new SingleBar({
      stream: this.output.stream,
      format: ` {bar} ${this.unit} {epoch}/{epochs}  {figures}`,
      barCompleteChar: '█',
      barIncompleteChar: '░',
      barsize: this.barSize,
      hideCursor: true,
      fps: 20,
      linewrap: null,
      clearOnComplete: false,
      stopOnComplete: false,
    });
    this.bar.start(this.epochs, 0, { epoch: 0, epochs: this.epochs, figures: '' });
  }

  /** What comes before the first epoch; without a bar only what takes longer than a second is told. */
  stage(text: string): void {
    if (this.quiet || this.stopped) return;
    this.bar?.update(0, { epoch: 0, figures: this.fit(text) });
    if (this.bar !== undefined || performance.now() - this.lastStage < 1000) return;
    this.output.write(`${text}\n`);
    this.lastStage = performance.now();
  }

  /** Inside an epoch; `done` counts epochs with their fraction. */
  batch(done: number, epoch: number, loss: number): void {
    // Later the figures of the last whole epoch stay: they have more to say.
    const first = epoch === 0 ? { figures: this.fit(`loss ${figure(loss)}`) } : {};
    this.bar?.update(done, { epoch: epoch + 1, ...first });
  }

  epoch(epoch: number, figures: string): void {
    if (this.quiet || this.stopped) return;
    if (this.bar !== undefined) {
      this.bar.update(epoch + 1, { epoch: epoch + 1, figures: this.fit(figures) });
      return;
    }
    this.waiting = `${this.unit} ${epoch + 1}/${this.epochs}  ${figures}\n`;
    if (performance.now() - this.lastLine >= 1000) this.flush();
  }

  private flush(): void {
    this.output.write(this.waiting);
    this.waiting = '';
    this.lastLine = performance.now();
  }

  /** Whole figures, as many as a line has room for. */
  private fit(figures: string): string {
    const parts = figures.split('  ');
    while (parts.length > 1 && parts.join('  ').length > this.room) parts.pop();
    return parts.join('  ');
  }

  stop(): void {
    this.stopped = true;
    this.output.live = undefined;
    this.bar?.stop();
    this.bar = undefined;
    if (this.waiting !== '') this.flush();
  }
}
