import { escapeHtml, facts } from './html';
import { renderPage } from './page';

/** An entity of a text, with UTF-16 offsets. */
export interface TextEntity {
  label: string;
  start: number;
  end: number;
  score: number;
  /** What it says, where a rule could read it. */
  value?: TextValue;
}

/** The value of a date, an amount of money or a percentage. */
export type TextValue =
  | { kind: 'date'; iso: string }
  | { kind: 'money'; amount: number; to?: number; currency: string | null }
  | { kind: 'percent'; fraction: number; to?: number };

/** A value in a few signs: `2020-05-17`, `5000000 USD`, `5..10 %`. */
export function valueText(value: TextValue): string {
  if (value.kind === 'date') return value.iso;
  const scale = value.kind === 'percent' ? 100 : 1;
  const from = value.kind === 'money' ? value.amount : value.fraction;
  const numbers = (value.to === undefined ? [from] : [from, value.to]).map((x) => Number((x * scale).toPrecision(12)));
  const unit = value.kind === 'percent' ? ' %' : value.currency === null ? '' : ` ${value.currency}`;
  return numbers.join('..') + unit;
}

/** Entities of long texts are shown up to here, so that the page stays one that a browser opens. */
const MAX_CHARACTERS = 2_000_000;

function paragraph(text: string, entities: readonly TextEntity[], kinds: readonly string[]): string {
  let html = '';
  let done = 0;
  for (const { start, end, label, score, value } of entities) {
    const says = value === undefined ? '' : ` = ${valueText(value)}`;
    const title = `${label}${says}, probability ${score.toFixed(2)}`;
    html += `${escapeHtml(text.slice(done, start))}<mark class="entity kind-${kinds.indexOf(label) % 8}" title="${escapeHtml(title)}">`;
    html += `${escapeHtml(text.slice(start, end))}<span>${escapeHtml(label + says)}</span></mark>`;
    done = end;
  }
  return `<p class="text">${html}${escapeHtml(text.slice(done))}</p>`;
}

/** A text with its entities highlighted, as one part of a page. */
export function entitySection(
  title: string,
  text: string,
  entities: readonly TextEntity[],
): { title: string; html: string } {
  const shown = text.slice(0, MAX_CHARACTERS);
  const inside = entities.filter(({ end }) => end <= shown.length);
  const kinds = [...new Set(inside.map(({ label }) => label))].sort();
  const counts = kinds.map((kind): [string, string] => [
    kind,
    String(inside.filter(({ label }) => label === kind).length),
  ]);
  const cut = text.length > shown.length ? `<p>The first ${MAX_CHARACTERS} characters are shown.</p>` : '';
  return { title, html: facts(counts) + paragraph(shown, inside, kinds) + cut };
}

/** A page that shows a text with its entities highlighted; each carries its type, so that nothing hangs on colour. */
export function renderEntities(title: string, text: string, entities: readonly TextEntity[]): string {
  return renderPage(title, `${entities.length} named entities`, [entitySection('Text', text, entities)]);
}
