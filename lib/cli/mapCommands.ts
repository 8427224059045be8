import { type Command, InvalidArgumentError, Option } from 'commander';
import { addCsvOptions, integer, list, number } from './arguments';
import { CLUSTER_METHODS, cluster } from './commands/cluster';
import { pca, tsne } from './commands/maps';
import type { Context } from './run';

const OUT_TEXT = `
--out by its ending: .html an interactive page, .svg or .png a picture (.png needs the package @resvg/resvg-js),
.csv the coordinates with labels. Columns of a .npy file have no names: say their number, from 1 on.
Labels with more than 20 different numbers are shown by a scale of colours, all others as classes.`;

const SILHOUETTE_TEXT = `
The silhouette, from -1 to 1, tells how well rows fit their groups. It leaves noise out, and of more than 10,000 rows it
takes 10,000, evenly spaced.`;

const INTERRUPT_TEXT = `
Ctrl-C writes the map as it is and ends with exit code 130; before the optimisation began nothing is written.`;

function choice(flags: string, text: string, names: readonly string[], standard?: string): Option {
  const option = new Option(flags, text).choices(names);
  return standard === undefined ? option : option.default(standard);
}

function two(text: string): 2 | 3 {
  if (text !== '2' && text !== '3') throw new InvalidArgumentError('Expected 2 or 3.');
  return Number(text) as 2 | 3;
}

function addPointOptions(command: Command): Command {
  return addCsvOptions(
    command
      .argument('<file>', 'a CSV file, or a .npy file of numbers')
      .option('-l, --label <column>', 'colours the points and is no feature')
      .option('--labels <file>', 'labels in a file of their own: lines of text, one column of CSV, or .npy')
      .option('--hover <column>', 'what a page tells of the point under the mouse; no feature either')
      .option('--exclude <columns>', 'columns to leave out, separated by commas', list)
      .option('--no-scale', 'leave columns as they are instead of standardising them, of .npy files too')
      .option('-o, --out <file>', 'where the map goes (default: the name of the file with the verb and .html)')
      .option('-f, --force', 'overwrite a file that is there', false)
      .option('--threads <n>', 'the most threads to use', integer(1, 256)),
  ).addHelpText('after', OUT_TEXT);
}

/** How run.ts adds a command: name, summary, example. */
type Add = (name: string, summary: string, example: string) => Command;

/** The verbs that draw maps of rows: tsne, pca, cluster. */
export function addMapCommands(add: Add, within: (options: { json?: boolean }) => Context, interrupted: () => void) {
  addPointOptions(add('tsne', 'Draw a t-SNE map of the rows of a file', 'hebb tsne digits.csv --label digit'))
    .option('--seed <n>', 'the same seed gives the same map', integer(0), 0)
    .option('--perplexity <x>', 'about how many neighbours each row attends to', number(1, 1e6), 30)
    .option('--iterations <n>', 'of the optimisation', integer(1, 1e9), 1000)
    .addOption(choice('--method <name>', 'how the repulsion is summed', ['auto', 'barnes_hut', 'fft', 'exact'], 'auto'))
    .option('--theta <x>', 'accuracy of barnes_hut, 0 is exact (default: 0.5)', number(0, 1))
    .addOption(choice('--metric <name>', 'how far apart rows are', ['euclidean', 'cosine', 'manhattan'], 'euclidean'))
    .addOption(choice('--neighbors <how>', 'how they are found (default: auto)', ['auto', 'exact', 'approximate']))
    .addOption(choice('--init <how>', 'where the map starts', ['pca', 'random'], 'pca'))
    .option('--exaggeration <x>', 'factor on the attraction after the early iterations', number(1e-3, 1e3), 1)
    .option('--dof <x>', 'degrees of freedom; below 1 clusters fall into finer ones', number(0.05, 100), 1)
    .option('--learning-rate <x>', 'size of a step (default: rows / 12, at least 50)', number(1e-6, 1e9))
    .option('--dimensions <n>', '2, or 3 for a map that turns', two, 2)
    .option('--pca <n>', 'reduce more columns than this by PCA first; 0 never', integer(0, 1e6), 50)
    .option('--with-pca', 'a PCA map beside it', false)
    .option('--frames <n>', 'keep so many states and play them as an animation', integer(0, 500), 0)
    .addHelpText('after', INTERRUPT_TEXT)
    .action(async (file, options) => {
      if (await tsne(within(options), file, options)) interrupted();
    });
  addPointOptions(
    add('pca', 'Draw the rows along their directions of largest variance', 'hebb pca wine.csv --label label'),
  )
    .option('--components <n>', 'that are told, and written to a .csv', integer(1, 10_000), 10)
    .action((file, options) => pca(within(options), file, options));
  addPointOptions(add('cluster', 'Group the rows of a file', 'hebb cluster customers.csv --clusters 5'))
    .addOption(choice('--method <name>', 'how groups are found', CLUSTER_METHODS, 'kmeans'))
    .option('-k, --clusters <n>', 'kmeans, gmm: groups to find (default: 8)', integer(1, 60_000))
    .addOption(choice('--covariance <form>', 'gmm: of a group (default: full)', ['full', 'diag', 'spherical', 'tied']))
    .option('--seed <n>', 'kmeans, gmm: the same seed gives the same groups', integer(0), 0)
    .option('--eps <x>', 'dbscan: radius of a neighbourhood (default: 0.5)', number(1e-30, 1e30))
    .option('--min-samples <n>', 'dbscan: rows in it that make a core (default: 5)', integer(1))
    .addHelpText('after', SILHOUETTE_TEXT)
    .action((file, options) => cluster(within(options), file, options));
}
