import type { TaggedSentence } from '../../lib/ner';

export declare const CORPORA: Readonly<Record<string, readonly string[]>>;
/** `hebb` is the built package; `part` is train, dev or test. */
export declare function readPart(
  hebb: object,
  folder: string,
  name: string,
  part: string,
  options?: { mapped?: boolean },
): TaggedSentence[];
export declare function readGazetteers(folder: string): Record<string, string[]>;
