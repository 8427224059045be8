import type { Case } from './harness';
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

export interface Suite {
  name: string;
  description: string;
  /** Counted rounds of each case, unless the command line says otherwise. */
  rounds: number;
  /** The cases, and a function that frees what they use. */
  setup(context: SuiteContext): Promise<{ cases: Case[]; close?: () => void }>;
}

/** A suite that interleaves, prints and saves in a native process of its own. */
export interface NativeSuite {
  name: string;
  description: string;
  run(threads: number[], filters: string[]): void;
}
