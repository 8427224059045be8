import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { datasets, type Matrix, splitIndices, Table, TablePreprocessor, type Target, takeTarget } from '../../data';
import { fileError, writeFileAtomic } from '../../io';
import { TSNE } from '../../manifold';
import { MLPClassifier } from '../../models';
import { NerTagger } from '../../ner';
import {
  type ClassificationReport,
  count,
  counted,
  diagnose,
  entitySection,
  figure,
  type PointMap,
  percent,
  renderReport,
  type Section,
  type TrainingReport,
} from '../../report';
import type { History } from '../../train';
import { reportColumns } from '../columns';
import { checkOwn, noteOwn } from '../ownFiles';
import { confusionText, drawImage, gallery, mistakesText } from '../pictures';
import { reportClassification, reportCurves, reportEnvironment, reportModel } from '../reporting';
import type { Context } from '../run';
import { paint, seconds, TrainingProgress } from '../terminal';

export interface DemoOptions {
  out: string;
  seed: number;
  threads?: number;
  force: boolean;
}

const EPOCHS = 80;
const MODEL = 'digits.safetensors';
const PAGE = 'report.html';

/** Trains on the embedded handwritten digits, tells how well it went, saves, loads and predicts. */
export async function demo(context: Context, options: DemoOptions): Promise<void> {
  const { out, look, json } = context;
  const say = (text = '') => {
    if (!json) out.write(`${text}\n`);
  };
  try {
    await mkdir(options.out, { recursive: true });
  } catch (error) {
    throw fileError('write', options.out, error);
  }
  await checkOwn(options.out, [MODEL, PAGE], options.force);
  const digits = datasets.loadDigits();
  const rows = splitIndices(digits.X.rows, { testSize: 0.2, stratify: digits.y, seed: options.seed });
  const labelsOf = (part: Int32Array) => part.map((row) => digits.y[row]);
  const split = {
    XTrain: digits.X.selectRows(rows.train),
    yTrain: labelsOf(rows.train),
    XTest: digits.X.selectRows(rows.test),
    yTest: labelsOf(rows.test),
  };
  say(paint(look, 'bold', 'hebb demo: handwritten digits'));
  say(
    `${count(digits.X.rows)} real images of 8 x 8 pixels; ${count(split.XTrain.rows)} to learn from, ${count(split.XTest.rows)} held out.`,
  );
  say();

  const model = new MLPClassifier<Int32Array>({
    hidden: [256, 128],
    dropout: 0.4,
    optimizer: 'adamw',
    weightDecay: 0.1,
    learningRate: { schedule: 'cosine', rate: 2e-3, warmupEpochs: 2 },
    batchSize: 32,
    epochs: EPOCHS,
    seed: options.seed,
    ...(options.threads === undefined ? {} : { threads: options.threads }),
  });
  const history = await train(context, model, split.XTrain, split.yTrain);
  const steps = `${counted(history.steps, 'step')} in ${seconds(history.seconds)}`;
  say(`Trained ${count(model.parameters)} weights in ${history.epochs.length} epochs, ${steps}.`);
  say();

  const file = path.join(options.out, MODEL);
  await model.save(file);
  const test = reportClassification(model as unknown as MLPClassifier, split.XTest, split.yTest, 'test');
  sayResults(say, context, test);

  const loaded = await MLPClassifier.load<Int32Array>(file);
  say();
  say(`Saved to ${file} and loaded again. Its answers to held-out digits:`);
  say();
  say(answers(context, loaded, split.XTest, split.yTest));

  const { columns, findings } = lookOver(digits, rows, model.parameters);
  const report: TrainingReport = {
    format: 'hebb-report',
    version: 1,
    kind: 'demo',
    title: 'Handwritten digits',
    createdAt: new Date().toISOString(),
    task: 'classification',
    data: {
      source: digits.description,
      rows: digits.X.rows,
      target: 'digit',
      split: { train: split.XTrain.rows, validation: 0, test: split.XTest.rows },
      columns,
    },
    model: { ...reportModel(model as unknown as MLPClassifier, 'MLPClassifier'), file },
    training: reportCurves(history, split.XTrain.rows),
    evaluations: [test],
    findings,
    environment: reportEnvironment(options.seed),
  };
  const page = path.join(options.out, PAGE);
  await writeFileAtomic(
    page,
    renderReport(report, [await digitsMap(context, digits.X, digits.y, options), taggedParagraph()]),
  );
  await noteOwn(options.out, [MODEL, PAGE]);
  say();
  say(`The whole story with curves and a map of the digits: ${page}`);
  if (json) out.write(`${JSON.stringify(report)}\n`);
}

/** The pixels as the columns of a table, and what the data doctor says of them. */
function lookOver(
  { X, y }: ReturnType<typeof datasets.loadDigits>,
  split: { train: Int32Array; test: Int32Array },
  parameters: number,
) {
  const names = Array.from({ length: X.cols }, (_, j) => `pixel_${Math.floor(j / 8)}_${j % 8}`);
  const table = Table.fromRecords(
    Array.from(y, (digit, i) => ({ ...Object.fromEntries(names.map((name, j) => [name, X.get(i, j)])), digit })),
  );
  const target: Target = takeTarget(table, 'digit');
  const { excluded } = new TablePreprocessor().fit(table, { target: 'digit' });
  return {
    columns: reportColumns(table, 'digit', excluded),
    findings: diagnose({ table, target, split, parameters }),
  };
}

const PARAGRAPH =
  'On 10 December 1815 Ada Lovelace was born in London. A century and a half later, Apple CEO Tim Cook announced the new ' +
  'iPhone in Cupertino, and Microsoft paid $2.5 billion for a company in Stockholm, 15% more than analysts had expected.';

/** A few sentences with what the bundled English tagger finds in them. */
function taggedParagraph(): Section {
  return entitySection('Named entities in a paragraph', PARAGRAPH, NerTagger.english().extractEntities(PARAGRAPH));
}

/** All digits on a t-SNE map, with its way from the start as an animation. */
async function digitsMap({ signal }: Context, X: Matrix, y: Int32Array, options: DemoOptions): Promise<Section> {
  const threads = options.threads === undefined ? {} : { threads: options.threads };
  const model = new TSNE({ seed: options.seed, snapshotEvery: 25, ...threads });
  const { embedding, snapshots } = await model.fitTransform(X, { signal });
  const map: PointMap = {
    title: 'The digits by t-SNE, which never sees what they are',
    points: embedding.data,
    dimensions: 2,
    classes: Array.from({ length: 10 }, (_, digit) => String(digit)),
    classOf: y,
    frames: snapshots
      .slice(0, -1)
      .map(({ iteration, embedding: { data } }) => ({ name: `iteration ${iteration}`, points: data })),
  };
  return { title: 'Map', maps: [map] };
}

async function train(
  { err, errLook, json, signal }: Context,
  model: MLPClassifier<Int32Array>,
  X: Matrix,
  y: Int32Array,
): Promise<History> {
  const progress = new TrainingProgress(err, errLook, EPOCHS, json);
  progress.start();
  try {
    return await model.fit(X, y, {
      signal,
      onBatch: ({ epoch, step, steps, loss }) => progress.batch(epoch + step / steps, epoch, loss),
      onEpoch: ({ epoch, loss, metrics }) => {
        progress.epoch(epoch, `loss ${figure(loss)}  accuracy ${percent(metrics.accuracy)}`);
      },
    });
  } finally {
    progress.stop();
  }
}

function sayResults(say: (text?: string) => void, { look }: Context, test: ClassificationReport): void {
  say(
    `Test accuracy  ${paint(look, 'green', percent(test.accuracy))}   (always saying one digit: ${percent(test.baseline)})`,
  );
  say(`Macro F1       ${percent(test.macroF1)}`);
  say();
  say(confusionText(test.confusion, test.classes, look.columns) ?? mistakesText(test.confusion, test.classes));
}

/** The first held-out digits, and the mistakes that there are, at most eight pictures. */
function answers({ look }: Context, model: MLPClassifier<Int32Array>, X: Matrix, y: Int32Array): string {
  const predicted = model.predict(X);
  const wrong = [...y.keys()].filter((i) => predicted[i] !== y[i]).slice(0, 2);
  const right = [...y.keys()].filter((i) => predicted[i] === y[i]).slice(0, 8 - wrong.length);
  const rows = [...right, ...wrong];
  const proba = model.predictProba(X.selectRows(rows));
  const pictures = rows.map((row, k) => {
    const said = predicted[row];
    const sure = percent(proba.get(k, said), 0);
    return {
      lines: drawImage(look, X.row(row), 8, 8, 16),
      width: look.color ? 8 : 16,
      caption: said === y[row] ? `${said} (${sure})` : `${said} (${sure}), but is ${y[row]}`,
    };
  });
  return gallery(look, pictures);
}
