import type { Look } from './terminal';

/** Ink of five strengths, none first; each pixel is two characters wide, so that it looks square. */
const SHADES = [' ', '░', '▒', '▓', '█'];

/**
 * Lines of text that show a small grey image, dark ink on nothing. With colour one character is two pixels (an upper
 * half block with its own ink and background), without it a pixel is two shade characters.
 *
 * @param pixels rows x cols values from 0 (no ink) to `max`
 */
export function drawImage(look: Look, pixels: ArrayLike<number>, rows: number, cols: number, max: number): string[] {
  const ink = (i: number, j: number) => (i < rows ? Math.min(1, Math.max(0, pixels[i * cols + j] / max)) : 0);
  const lines: string[] = [];
  if (look.color) {
    // The grey ramp of the 256-colour palette: 232 (almost black) to 255 (almost white).
    const grey = (value: number) => 232 + Math.round(value * 23);
    for (let i = 0; i < rows; i += 2) {
      let line = '';
      for (let j = 0; j < cols; j++) line += `\u001b[38;5;${grey(ink(i, j))};48;5;${grey(ink(i + 1, j))}m▀`;
      lines.push(`${line}\u001b[0m`);
    }
    return lines;
  }
  for (let i = 0; i < rows; i++) {
    let line = '';
    for (let j = 0; j < cols; j++) line += SHADES[Math.round(ink(i, j) * (SHADES.length - 1))].repeat(2);
    lines.push(line);
  }
  return lines;
}

/** Pictures with a caption each, side by side in as many rows as the width needs. */
export function gallery(look: Look, pictures: readonly { lines: string[]; width: number; caption: string }[]): string {
  const cell = Math.max(...pictures.map(({ width, caption }) => Math.max(width, caption.length))) + 3;
  const perRow = Math.max(1, Math.floor(look.columns / cell));
  const out: string[] = [];
  for (let start = 0; start < pictures.length; start += perRow) {
    const row = pictures.slice(start, start + perRow);
    const height = Math.max(...row.map(({ lines }) => lines.length));
    for (let i = 0; i < height; i++) {
      out.push(
        row
          .map(({ lines, width }) => (lines[i] ?? ' '.repeat(width)) + ' '.repeat(cell - width))
          .join('')
          .trimEnd(),
      );
    }
    out.push(
      row
        .map(({ caption }) => caption.padEnd(cell))
        .join('')
        .trimEnd(),
      '',
    );
  }
  return out.join('\n').trimEnd();
}

/** Shortest names in a matrix that still tell anything. */
const MIN_NAME = 4;

const shorten = (label: string, most: number) => (label.length > most ? `${label.slice(0, most - 1)}…` : label);

/**
 * A confusion matrix as text: actual labels down, predicted ones across; zeros are dots. Names are shortened until it
 * fits into `columns`; undefined when it does not.
 */
export function confusionText(
  counts: readonly (readonly number[])[],
  labels: readonly string[],
  columns: number,
): string | undefined {
  const digits = Math.max(...counts.flat().map((n) => String(n).length));
  for (let most = 12; most >= MIN_NAME; most--) {
    const short = labels.map((label) => shorten(label, most));
    const longest = Math.max(...short.map((label) => label.length));
    const left = Math.max('actual'.length, longest);
    const width = Math.max(longest, digits) + 2;
    if (left + 1 + labels.length * width > columns) continue;
    const line = (name: string, cells: readonly string[]) =>
      `${name.padEnd(left)} ${cells.map((cell) => cell.padStart(width)).join('')}`;
    const body = counts.map((row, i) =>
      line(
        short[i],
        row.map((n) => (n === 0 ? '·' : String(n))),
      ),
    );
    return [`${''.padEnd(left)}   predicted`, line('actual', short), ...body].join('\n');
  }
  return undefined;
}

/** The most frequent mistakes, a line each. */
export function mistakesText(counts: readonly (readonly number[])[], labels: readonly string[], most = 8): string {
  const all = counts.flatMap((row, i) => row.flatMap((n, j) => (i !== j && n > 0 ? [{ n, i, j }] : [])));
  const lines = all
    .sort((a, b) => b.n - a.n)
    .slice(0, most)
    .map(({ n, i, j }) => `  ${n} x ${labels[i]} taken for ${labels[j]}`);
  return lines.length === 0 ? 'No mistakes.' : ['Most frequent mistakes', ...lines].join('\n');
}
