import { Command, CommanderError, Option } from 'commander';
import { AbortError, HebbError } from '../errors';
import { fileError } from '../io';
import { addCsvOptions, addTrainOptions, integer } from './arguments';
import { buildFromSource } from './commands/build';
import { demo } from './commands/demo';
import { doctor } from './commands/doctor';
import { evaluate } from './commands/evaluate';
import { inspect } from './commands/inspect';
import { predict } from './commands/predict';
import { train } from './commands/train';
import { EXIT, UsageError } from './exit';
import { addMapCommands } from './mapCommands';
import { addNerCommands } from './nerCommands';
import { Output, type Streams } from './output';
import { type Look, lookOf, paint, wrap } from './terminal';
import { version } from './version';

/** What every command gets. */
export interface Context {
  out: Output;
  err: Output;
  look: Look;
  errLook: Look;
  /** One JSON document on `out`, nothing else. */
  json: boolean;
  /** Fires at the first Ctrl-C. */
  signal: AbortSignal;
}

const PREDICT_TEXT = `
A category that training did not see counts as "other", a cell that cannot be read as missing, a missing one as what
training filled it with; a warning counts the first two, --strict refuses them. Further columns are left aside; one that
the model needs must be there. --json is the same as --format jsonl.`;

const EXIT_TEXT = `
Exit codes:
  ${EXIT.ok}    done
  ${EXIT.failure}    an error of hebb itself
  ${EXIT.usage}    the command line is wrong
  ${EXIT.data}    a file, its data or a model cannot be used
  ${EXIT.interrupted}  interrupted (Ctrl-C); a training was saved with its best weights, a t-SNE map as it was

Results go to standard output, progress and remarks to standard error. NO_COLOR=1 turns colours off.`;

/** The options that every command has. */
function add(program: Command, name: string, summary: string, example: string): Command {
  return program
    .command(name)
    .summary(summary)
    .description(`${summary}.`)
    .option('--json', 'print one JSON document instead of text')
    .addHelpText('after', `\nExample:\n  $ ${example}`);
}

function build(context: Omit<Context, 'json'>, json: boolean, interrupted: () => void): Command {
  const program = new Command('hebb')
    .description('Machine learning on native kernels: train, evaluate and use models from the command line.')
    .version(version(), '-V, --version')
    .addHelpText('after', `\nExample:\n  $ hebb train data.csv --target label\n${EXIT_TEXT}`)
    .configureOutput({
      writeOut: (text) => context.out.write(text),
      writeErr: (text) => context.err.write(text),
      getOutHelpWidth: () => context.look.columns,
      getErrHelpWidth: () => context.errLook.columns,
      // With --json, `run` tells the error in its own form.
      outputError: (text, write) => json || write(paint(context.errLook, 'red', text)),
    })
    .enablePositionalOptions() // an option belongs to the verb before it
    .exitOverride();
  const within = (options: { json?: boolean }): Context => ({ ...context, json: options.json === true });

  addTrainOptions(
    add(
      program,
      'train',
      'Train a model on a CSV file',
      'hebb train houses.csv --target price --report report.html',
    ).argument('<file.csv>', 'rows to learn from'),
  ).action(async (file, options) => {
    if (await train(within(options), file, options)) interrupted();
  });

  addCsvOptions(
    add(
      program,
      'evaluate',
      'Score a model on a CSV file that has the target',
      'hebb evaluate houses.safetensors new.csv',
    )
      .argument('<model>', 'a file of hebb train')
      .argument('<file.csv>', 'rows with the target column')
      .option('--report <file>', 'write a page with the figures')
      .option('--strict', 'refuse cells that training saw nothing like', false)
      .option('-f, --force', 'overwrite files that are there', false),
  ).action((model, file, options) => evaluate(within(options), model, file, options));

  addCsvOptions(
    add(
      program,
      'predict',
      'Predict the rows of a CSV file',
      'hebb predict houses.safetensors new.csv --out prices.csv',
    )
      .argument('<model>', 'a file of hebb train')
      .argument('<file.csv>', 'rows with the columns that the model was trained on, in any order')
      .option('-o, --out <file>', 'where predictions go (default: standard output)')
      .addOption(
        new Option('--format <name>', 'of the predictions (default: by the ending of --out, else csv)').choices([
          'csv',
          'jsonl',
        ]),
      )
      .option('--no-proba', 'leave the probabilities of the classes out')
      .option('--strict', 'refuse cells that training saw nothing like', false)
      .option('--input', 'copy the columns of the input in front', false)
      .option('-f, --force', 'overwrite a file that is there', false)
      .addHelpText('after', PREDICT_TEXT),
  ).action((model, file, options) => predict(within(options), model, file, options));

  add(program, 'inspect', 'Tell what is in a model file', 'hebb inspect houses.safetensors')
    .argument('<model>', 'any model file of hebb')
    .action((model, options) => inspect(within(options), model));

  addMapCommands((...words) => add(program, ...words), within, interrupted);

  addNerCommands(program, add, within);

  add(program, 'demo', 'Train on the embedded handwritten digits and show the result', 'hebb demo --seed 7')
    .option('--out <folder>', 'where the model and the report go', 'hebb-demo')
    .option('--seed <n>', 'of split, weights and order', integer(0), 7)
    .option('--threads <n>', 'the most threads to use', integer(1, 256))
    .option('-f, --force', 'overwrite files that the demo did not write', false)
    .action((options) => demo(within(options), options));

  add(program, 'doctor', 'Tell what hebb runs on, for bug reports', 'hebb doctor --json').action((options) =>
    doctor(within(options)),
  );

  add(program, 'build', 'Compile the native addon from source, where no prebuilt binary fits', 'hebb build').action(
    (options) => buildFromSource(within(options)),
  );
  return program;
}

/** The message and exit code of what a command threw. */
function explain(error: unknown): { code: string; message: string; exit: number } {
  if (error instanceof CommanderError) {
    const message = error.message.replace(/^error: /, '').replace(/\n/g, ' ');
    return { code: 'ERR_USAGE', message, exit: EXIT.usage };
  }
  if (error instanceof AbortError) return { code: error.code, message: error.message, exit: EXIT.interrupted };
  if (error instanceof UsageError) return { code: error.code, message: error.message, exit: EXIT.usage };
  if (error instanceof HebbError) {
    const usage = error.code === 'ERR_ARGUMENT';
    return { code: error.code, message: error.message, exit: usage ? EXIT.usage : EXIT.data };
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return {
    code: 'ERR_INTERNAL',
    message: `This is an error of hebb, please report it.\n${message}`,
    exit: EXIT.failure,
  };
}

/** Says at once that Ctrl-C was heard, and what the next one does. */
function tellOfStopping({ err, errLook, signal }: Omit<Context, 'json'>): void {
  const tell = () => {
    err.live?.stop();
    err.write(
      `${wrap('Stopping: what can be saved is saved. Press Ctrl-C again to leave without saving.', errLook)}\n`,
    );
  };
  signal.addEventListener('abort', tell, { once: true });
}

/**
 * Runs the command line.
 * @param args what follows `hebb`
 * @returns the exit code
 */
export async function run(args: readonly string[], streams: Streams, signal: AbortSignal): Promise<number> {
  const context = {
    out: new Output(streams.stdout),
    err: new Output(streams.stderr),
    look: lookOf(streams.stdout),
    errLook: lookOf(streams.stderr),
    signal,
  };
  const json = args.includes('--json');
  const tell = (error: unknown): number => {
    const { code, message, exit } = explain(error);
    if (json) context.err.write(`${JSON.stringify({ error: { code, message } })}\n`);
    else context.err.write(`${paint(context.errLook, 'red', 'error:')} ${message}\n`);
    return exit;
  };
  if (!json) tellOfStopping(context);
  const code = await perform(args, context, json, tell);
  await context.out.flush();
  const { failure } = context.out;
  return failure === undefined || code !== EXIT.ok ? code : tell(fileError('write', 'the standard output', failure));
}

async function perform(
  args: readonly string[],
  context: Omit<Context, 'json'>,
  json: boolean,
  tell: (error: unknown) => number,
): Promise<number> {
  try {
    let cut = false;
    const program = build(context, json, () => {
      cut = true;
    });
    if (args.length === 0) {
      program.outputHelp({ error: true });
      return EXIT.usage;
    }
    await program.parseAsync(args, { from: 'user' });
    return cut ? EXIT.interrupted : EXIT.ok;
  } catch (error) {
    if (!(error instanceof CommanderError)) return tell(error);
    if (error.exitCode === 0) return EXIT.ok;
    // Without --json Commander has written its own message.
    return json ? tell(error) : EXIT.usage;
  }
}
