import { type Command, InvalidArgumentError } from 'commander';
import { addCsvOptions, integer, list, number } from './arguments';
import { cluster, pca, tsne } from './commands/maps';
import type { Context } from './run';

const OUT_TEXT = `
--out by its ending: .html an interactive page, .svg or .png a picture (.png needs the package @resvg/resvg-js),
.csv the coordinates.`;

function two(text: string): 2 | 3 {
  if (text !== '2' && text !== '3') throw new InvalidArgumentError('Expected 2 or 3.');
  return Number(text) as 2 | 3;
}

function addPointOptions(command: Command): Command {
  return addCsvOptions(
    command
      .argument('<file>', 'a CSV file, or a .npy file of numbers')
      .option('-l, --label <column>', 'colours the points and is no feature')
      .option('--exclude <columns>', 'columns to leave out, separated by commas', list)
      .option('--no-scale', 'leave columns as they are instead of standardising them')
      .option('-o, --out <file>', 'where the map goes (default: the name of the file with the verb and .html)')
      .option('-f, --force', 'overwrite a file that is there', false)
      .option('--seed <n>', 'the same seed gives the same map', integer(0), 0)
      .option('--threads <n>', 'the most threads to use', integer(1, 256)),
  ).addHelpText('after', OUT_TEXT);
}

/** How run.ts adds a command: name, summary, example. */
type Add = (name: string, summary: string, example: string) => Command;

/** The verbs that draw maps of rows: tsne, pca, cluster. */
export function addMapCommands(add: Add, within: (options: { json?: boolean }) => Context, interrupted: () => void) {
  addPointOptions(add('tsne', 'Draw a t-SNE map of the rows of a file', 'hebb tsne digits.csv --label digit'))
    .option('--perplexity <x>', 'about how many neighbours each row attends to', number(1, 1e6), 30)
    .option('--iterations <n>', 'of the optimisation', integer(1, 1e9), 1000)
    .option('--theta <x>', 'accuracy of the Barnes-Hut method, 0 is exact', number(0, 1), 0.5)
    .option('--dimensions <n>', '2, or 3 for a map that turns', two, 2)
    .option('--pca <n>', 'reduce more columns than this by PCA first; 0 never', integer(0, 1e6), 50)
    .option('--with-pca', 'a PCA map beside it', false)
    .option('--frames <n>', 'keep so many states and play them as an animation', integer(0, 500), 0)
    .action(async (file, options) => {
      if (await tsne(within(options), file, options)) interrupted();
    });
  addPointOptions(
    add('pca', 'Draw the rows along their directions of largest variance', 'hebb pca wine.csv --label label'),
  )
    .option('--components <n>', 'whose share of the variance is told', integer(1, 10_000), 10)
    .action((file, options) => pca(within(options), file, options));
  addPointOptions(add('cluster', 'Group the rows of a file by k-means', 'hebb cluster customers.csv --clusters 5'))
    .option('-k, --clusters <n>', 'groups to find', integer(1, 100_000), 8)
    .action((file, options) => cluster(within(options), file, options));
}
