import type { EntityValue } from './rules';

/** An entity in a text; `text.slice(start, end)` is `text`. */
export interface NamedEntity {
  text: string;
  label: string;
  /** UTF-16 offsets. */
  start: number;
  end: number;
  /**
   * The probability of exactly this entity under the model; 1 for what a rule found. A name that was found in other places
   * of the text alone has their mean.
   */
  score: number;
  /** What the entity says, where a rule could read it. */
  value?: EntityValue;
}
