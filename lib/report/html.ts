import { count } from './format';

/** Text that is safe inside HTML, also inside quoted attributes. */
export function escapeHtml(text: string): string {
  const codes: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' };
  return text.replace(/[&<>"']/g, (character) => codes[character]!);
}

/** JSON that may stand inside a <script> element. */
export function scriptJson(value: unknown): string {
  return JSON.stringify(value)
    .replace(/</g, '\\u003c')
    .replace(/\u2028/g, '\\u2028')
    .replace(/\u2029/g, '\\u2029');
}

/** Text, a number, a number that is already written, or ready HTML. */
export type Cell = string | number | { number: string } | { html: string };

const isNumeric = (cell: Cell | undefined) =>
  typeof cell === 'number' || (typeof cell === 'object' && 'number' in cell);

function cellHtml(cell: Cell, tag: 'td' | 'th' | 'dd', numeric = isNumeric(cell)): string {
  const text =
    typeof cell === 'number'
      ? count(cell)
      : typeof cell !== 'object'
        ? escapeHtml(cell)
        : 'html' in cell
          ? cell.html
          : escapeHtml(cell.number);
  return `<${tag}${numeric && tag !== 'dd' ? ' class="number"' : ''}>${text}</${tag}>`;
}

/** A table; columns of numbers are aligned to the right, their heads too. */
export function table(head: string[], rows: Cell[][]): string {
  const top = head.map((cell, column) => cellHtml(cell, 'th', isNumeric(rows[0]?.[column]))).join('');
  const body = rows.map((row) => `<tr>${row.map((cell) => cellHtml(cell, 'td')).join('')}</tr>`).join('\n');
  return `<div class="scroll"><table><thead><tr>${top}</tr></thead>\n<tbody>${body}</tbody></table></div>`;
}

/** A list of names and values. */
export function facts(entries: [string, Cell][]): string {
  return `<dl>${entries
    .map(([name, value]) => `<dt>${escapeHtml(name)}</dt>${cellHtml(value, 'dd')}`)
    .join('\n')}</dl>`;
}
