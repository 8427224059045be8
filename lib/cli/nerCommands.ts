import { type Command, Option } from 'commander';
import { integer } from './arguments';
import { ner, nerEvaluate, nerTrain } from './commands/ner';
import type { Context } from './run';

/** How run.ts adds a command below another: parent, name, summary, example. */
type Add = (parent: Command, name: string, summary: string, example: string) => Command;

/** The verb ner with its own train and evaluate. */
export function addNerCommands(program: Command, add: Add, within: (options: { json?: boolean }) => Context): void {
  const verb = add(
    program,
    'ner',
    'Name the people, places and more of a text',
    'hebb ner "Ada Lovelace lived in London."',
  )
    .enablePositionalOptions() // options behind `train` and `evaluate` are theirs
    .argument('[text...]', 'the text; or use --file')
    .option('--file <file>', 'read the text from a file; - is standard input')
    .option('--model <file>', 'a tagger of hebb ner train (default: the English one that comes with hebb)')
    .option('--html <file>', 'write a page with the entities highlighted')
    .option('-f, --force', 'overwrite files that are there', false)
    .action((words, options) => ner(within(options), words, options));

  add(
    verb,
    'train',
    'Train a tagger on annotated sentences',
    'hebb ner train train.conll --dev dev.conll --model my.safetensors',
  )
    .argument('<train.conll>', 'a word and its tag a line, an empty line after each sentence')
    .requiredOption('--model <file>', 'where the tagger goes')
    .option('--dev <file>', 'held-out sentences that decide when to stop')
    .option('--epochs <n>', 'the most passes over the sentences (default: 15 with --dev, else 10)', integer(1, 10_000))
    .addOption(new Option('--encoding <name>', 'of the tags inside').choices(['BIO', 'BIOES']).default('BIO'))
    .option('--no-gazetteers', 'leave the English name lists out')
    .option('--int8', 'save small: weights in 8 bits', false)
    .option('--seed <n>', 'the same seed gives the same tagger', integer(0), 0)
    .option('--threads <n>', 'the most threads to use', integer(1, 256))
    .option('-f, --force', 'overwrite a file that is there', false)
    .action((file, options) => nerTrain(within(options), file, options));

  add(verb, 'evaluate', 'Score a tagger on annotated sentences', 'hebb ner evaluate english test.conll')
    .argument('<model>', "a tagger's file, or 'english'")
    .argument('<file.conll>', 'annotated sentences')
    .option('--types <names>', 'score these types alone: PER,ORG (default: those that the file annotates)')
    .option('--map <names>', 'read types of the file as others: person=PER,location=LOC')
    .action((model, file, options) => nerEvaluate(within(options), model, file, options));
}
