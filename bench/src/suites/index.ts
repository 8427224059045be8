// The list of suites, in the order in which they run.
import type { NativeSuite, Suite } from '../suite';
import { csv } from './csv';
import { elementwise } from './elementwise';
import { gemm } from './gemm';
import { mlpInfer } from './mlp-infer';
import { mlpSmall } from './mlp-small';
import { mlpTrain } from './mlp-train';
import { ner } from './ner';
import { overhead } from './overhead';
import { tsne } from './tsne';
import { unsupervised } from './unsupervised';

export const suites: readonly (Suite | NativeSuite)[] = [
  gemm,
  elementwise,
  mlpTrain,
  mlpSmall,
  mlpInfer,
  overhead,
  csv,
  tsne,
  unsupervised,
  ner,
];
