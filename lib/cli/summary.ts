import { counted, type EvaluationReport, figure, percent } from '../report';
import { confusionText, mistakesText } from './pictures';
import { type Look, paint, table } from './terminal';

/** Names of sets that are parts of a file and not files. */
const PARTS = ['train', 'validation', 'test'];

/** What an evaluation found, as text. */
export function describeEvaluation(evaluation: EvaluationReport, look: Look): string {
  const { rows: n, set } = evaluation;
  const title = paint(
    look,
    'bold',
    PARTS.includes(set) ? `On ${counted(n, `${set} row`)}` : `On ${counted(n, 'row')} of ${set}`,
  );
  if (evaluation.task === 'regression') {
    const rows = [
      ['R2', evaluation.r2.toFixed(4)],
      ['RMSE', `${figure(evaluation.rmse)}   (always saying the mean: ${figure(evaluation.baseline)})`],
      ['MAE', figure(evaluation.mae)],
    ];
    return `${title}\n${table(rows, 'll')}`;
  }
  const rows = [
    ['accuracy', `${percent(evaluation.accuracy)}   (always the most frequent class: ${percent(evaluation.baseline)})`],
    ['macro F1', percent(evaluation.macroF1)],
  ];
  if (evaluation.logLoss !== null) rows.push(['log loss', figure(evaluation.logLoss)]);
  if (evaluation.roc !== undefined) rows.push(['ROC AUC', evaluation.roc.auc.toFixed(4)]);
  const parts = [`${title}\n${table(rows, 'll')}`];
  const { confusion, classes } = evaluation;
  parts.push(confusionText(confusion, classes, look.columns) ?? mistakesText(confusion, classes));
  return parts.join('\n\n');
}
