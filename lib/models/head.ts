import type { JsonObject } from '../data';
import type { ColumnValue, Graph, Node, SliceStats } from '../graph';
import type { EpochRecord } from '../train';

/**
 * What a kind of model adds to its network: how targets become a column, the loss, and what the outputs mean. Made anew
 * by every fit, kept with the weights.
 */
export interface Head<Y> {
  /** Values that the network gives for a row. */
  readonly outputs: number;
  /** The column `y` of the data set. `name` is what messages call the targets. */
  encode(y: Y, name?: string): ColumnValue;
  /** Adds the input `y`, the loss and scalar metrics. */
  addLoss(graph: Graph, outputs: Node): { loss: Node; metrics: Record<string, Node> };
  /** What predictions are read from, [B, outputs]. */
  addOutput(graph: Graph, outputs: Node): Node;
  /** How an epoch's figures on these rows follow from what the program measured; default: as they are. */
  measure?(y: Y, rows: Int32Array): (stats: SliceStats) => Record<string, number>;
  /** Whether there is nothing left to learn. */
  converged?(record: EpochRecord): boolean;
  /** The labels, for the file. */
  classes?(): JsonObject;
  /** What has to be done to the outputs, for the file. */
  preprocessing?(): JsonObject;
}
