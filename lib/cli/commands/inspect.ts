import { stat } from 'node:fs/promises';
import { inspectArtefact } from '../../io';
import { count, counted } from '../../report';
import type { Context } from '../run';
import { paint, table } from '../terminal';

const MAX_ROWS = 40;

/** Tells what is in a model file, of any kind, without loading its weights. */
export async function inspect({ out, look, json }: Context, file: string): Promise<void> {
  const { kind, config, preprocessing, classes, formatVersion, hebbVersion, tensors } = await inspectArtefact(file);
  const list = [...tensors].map(([name, { dtype, shape }]) => ({
    name,
    dtype,
    shape: [...shape],
    values: shape.reduce((a, b) => a * b, 1),
  }));
  const values = list.reduce((sum, tensor) => sum + tensor.values, 0);
  const bytes = (await stat(file)).size;
  if (json) {
    const facts = { file, bytes, kind, formatVersion, hebbVersion, parameters: values, config, preprocessing, classes };
    out.write(`${JSON.stringify({ ...facts, tensors: list })}\n`);
    return;
  }
  const heading = (text: string) => `\n${paint(look, 'bold', text)}\n`;
  out.write(`${paint(look, 'bold', kind)} in ${file}\n`);
  const facts = [
    ['written by', `hebb ${hebbVersion}, format ${formatVersion}`],
    ['size', counted(bytes, 'byte')],
    ['parameters', count(values)],
    ...classFacts(classes),
    ...tableFacts(preprocessing),
  ];
  out.write(`${table(facts, 'll')}\n`);
  out.write(heading('Tensors'));
  const rows = list
    .slice(0, MAX_ROWS)
    .map(({ name, dtype, shape, values: n }) => [name, dtype, `[${shape.join(', ')}]`, count(n)]);
  out.write(`${table(rows, 'lllr')}\n`);
  if (list.length > MAX_ROWS) out.write(`... and ${list.length - MAX_ROWS} more\n`);
  out.write(heading('Options'));
  out.write(
    `${table(
      Object.entries(config).map(([key, value]) => [key, plain(value)]),
      'll',
    )}\n`,
  );
}

function classFacts(classes: unknown): string[][] {
  const labels = (classes as { classes?: unknown } | null)?.classes;
  if (!Array.isArray(labels)) return [];
  const shown = labels.slice(0, 12).join(', ');
  return [['classes', `${labels.length}: ${shown}${labels.length > 12 ? ', ...' : ''}`]];
}

/** The columns that a model of `hebb train` reads. */
function tableFacts(preprocessing: unknown): string[][] {
  const table = (preprocessing as { table?: { columns?: unknown; excluded?: unknown } } | null)?.table;
  if (!Array.isArray(table?.columns)) return [];
  const { columns, excluded } = table;
  const left = Array.isArray(excluded) ? (excluded as { name?: unknown; reason?: unknown }[]) : [];
  const target = left.find(({ reason }) => reason === 'target');
  const names = columns.map((column: { name?: unknown; kind?: unknown }) => `${column.name} (${column.kind})`);
  const shown = names.slice(0, 12).join(', ');
  return [
    ...(target === undefined ? [] : [['target', String(target.name)]]),
    ['columns', `${names.length}: ${shown}${names.length > 12 ? ', ...' : ''}`],
  ];
}

const plain = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value));
