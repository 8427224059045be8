import type { Case, Result } from './harness';
import type { Machine } from './machine';

/** What a suite is given to set itself up. */
export interface SuiteContext {
  machine: Machine;
  /** The thread counts to measure at. */
  threads: number[];
  /** Tells the user something, e.g. that a peer is missing. */
  note(text: string): void;
  /** Puts a peer's version into the report. */
  version(name: string, version: string): void;
}

/** A figure about several cases at once, e.g. a geometric mean, with its target. */
export interface Summary {
  text: string;
  target?: string;
  reached?: boolean;
}

interface Described {
  name: string;
  description: string;
  /** Figures about the whole suite, printed below its table. */
  summarize?(results: Result[]): Summary[];
}

export interface Suite extends Described {
  /** Counted rounds of each case, unless the command line says otherwise. */
  rounds: number;
  /** Whether each case runs once before it counts; default true. Off where a run takes minutes. */
  warmUp?: boolean;
  /** The cases; what is looked at once they have run, e.g. the quality of what they made; how to free what they use. */
  setup(context: SuiteContext): Promise<{ cases: Case[]; afterwards?: () => Promise<Summary[]>; close?: () => void }>;
}

/** A suite whose contestants run, interleaved, in a native process of its own. */
export interface NativeSuite extends Described {
  measure(context: SuiteContext, filters: string[]): Result[];
}
