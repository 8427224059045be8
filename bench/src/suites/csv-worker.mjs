// One reading of a CSV file in a process of its own: `node csv-worker.mjs HOW FILE` prints { seconds, peak, matrix }, the
// memory in bytes. HOW is `bare` (the parser alone), `table` (readCsv) or `matrix` (readCsv and TablePreprocessor).
import { createReadStream } from 'node:fs';
import Papa from 'papaparse';
import { readCsv, TablePreprocessor } from '../../../dist/index.mjs';

const [how, file] = process.argv.slice(2);

/** The library's own way to read a stream; the cells are looked at by nobody. */
function bare() {
  return new Promise((resolve, reject) => {
    let rows = 0;
    const chunk = ({ data }) => {
      rows += data.length;
    };
    Papa.parse(createReadStream(file, 'utf8'), { chunk, error: reject, complete: () => resolve(rows) });
  });
}

const start = performance.now();
let matrix = 0;
if (how === 'bare') await bare();
else {
  const table = await readCsv(file);
  if (how === 'matrix') matrix = new TablePreprocessor().fitTransform(table).data.byteLength;
  else matrix = table.rows * table.columns.length * 4;
}
const seconds = (performance.now() - start) / 1000;
console.log(JSON.stringify({ seconds, peak: process.resourceUsage().maxRSS * 1024, matrix }));
