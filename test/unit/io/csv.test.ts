import { execFileSync } from 'node:child_process';
import { closeSync, ftruncateSync, openSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { type NumericColumn, Philox, type Table, TablePreprocessor, type WordsColumn, wordAt } from '../../../lib/data';
import { openCsv, readCsv } from '../../../lib/io';
import { runCode } from '../../helpers/child';
import { rejected } from '../../helpers/errors';
import { temporaryFolder } from '../../helpers/files';

const folder = temporaryFolder();
let counter = 0;

function file(content: string | Buffer): string {
  const name = path.join(folder, `${counter++}.csv`);
  writeFileSync(name, content);
  return name;
}

const read = (content: string | Buffer, options = {}) => readCsv(file(content), options);
const times = <T>(n: number, make: (i: number) => T): T[] => Array.from({ length: n }, (_, i) => make(i));

/** The cells of a table as texts and numbers, null where missing. */
function cells(table: Table): (string | number | null)[][] {
  return times(table.rows, (i) =>
    table.columns.map((column) => {
      if (column.storage === 'words') return wordAt(column, i) ?? null;
      return Number.isNaN(column.values[i]) ? null : column.values[i];
    }),
  );
}

const expected = [
  [1.5, 'a'],
  [-2, 'b'],
];

describe('forms of files', () => {
  test.each<[string, string | Buffer]>([
    ['plain', 'x,y\n1.5,a\n-2,b\n'],
    ['no newline at the end', 'x,y\n1.5,a\n-2,b'],
    ['CRLF', 'x,y\r\n1.5,a\r\n-2,b\r\n'],
    ['CR', 'x,y\r1.5,a\r-2,b\r'],
    ['a byte order mark', '\ufeffx,y\n1.5,a\n-2,b\n'],
    ['a byte order mark before a quote', '\ufeff"x","y"\n1.5,a\n-2,b\n'],
    ['empty lines', '\nx,y\n\n1.5,a\n\n\n-2,b\n\n'],
    ['semicolons', 'x;y\n1.5;a\n-2;b\n'],
    ['tabs', 'x\ty\n1.5\ta\n-2\tb\n'],
    ['bars', 'x|y\n1.5|a\n-2|b\n'],
    ['blanks around', 'x , y\n 1.5, a\n -2 ,b \n'],
    ['quotes', '"x","y"\n"1.5","a"\n-2,"b"\n'],
    ['decimal commas', 'x;y\n1,5;a\n-2;b\n'],
    ['trailing delimiters', 'x,y\n1.5,a,\n-2,b,,\n'],
    ['both line ends', 'x,y\n1.5,a\r\n-2,b\n'],
  ])('%s', async (_, content) => {
    const table = await read(content);
    expect(table.names).toEqual(['x', 'y']);
    expect(cells(table)).toEqual(expected);
  });

  test('quoted delimiters, quotes and newlines', async () => {
    const table = await read('name,note\n"Smith, J.","said ""hi""\nand left"\nB,""\n');
    expect(cells(table)).toEqual([
      ['Smith, J.', 'said "hi"\nand left'],
      ['B', null],
    ]);
  });

  test.each<[string, string, object, string[], number]>([
    ['numbers in the first line', '1,2\n3,4\n', {}, ['column_1', 'column_2'], 2],
    ['an empty cell in the first line', 'a,\nb,c\n', {}, ['column_1', 'column_2'], 2],
    ['a word twice in the first line', 'a,a\nb,c\n', {}, ['column_1', 'column_2'], 2],
    ['words only: the first line names the columns', 'a,b\nc,d\n', {}, ['a', 'b'], 1],
    ['words only, no header', 'a,b\nc,d\n', { header: false }, ['column_1', 'column_2'], 2],
    ['years as names', '2019,2020\n3,4\n', { header: true }, ['2019', '2020'], 1],
    ['a name is missing', 'a,,c\n1,2,3\n', { header: true }, ['a', 'column_2', 'c'], 1],
    ['one column', 'v\n1\n2\n', {}, ['v'], 2],
    ['the index of pandas', ',a,y\n0,1.5,p\n1,2.5,q\n', {}, ['column_1', 'a', 'y'], 2],
    ['a delimiter at each end', 'a,y,\n1.5,p,\n2.5,q,\n', {}, ['a', 'y'], 2],
    ['a name is missing in the middle', 'a,,y\n1,2,p\n3,4,q\n', {}, ['a', 'column_2', 'y'], 2],
    ['years beside words', 'land,2019,2020\nA,3.5,4\nB,1.5,2\n', {}, ['land', '2019', '2020'], 2],
    ['years in a row', '2018,2019,2020\n3,4,5\n6,7,8\n', {}, ['2018', '2019', '2020'], 2],
    ['values that are years', '1999,2005\n1998,2001\n', {}, ['column_1', 'column_2'], 2],
    ['values that could be years', '2000,1\n17,3\n', {}, ['column_1', 'column_2'], 2],
    ['dates below words', 'when,what\n2020-01-01,x\n2020-01-02,y\n', {}, ['when', 'what'], 2],
    ['dates in the first line', '2020-01-01,x\n2020-01-02,y\n', {}, ['column_1', 'column_2'], 2],
    ['a hole in the first row of data', 'x,5,\ny,6,7\nx,8,9\n', {}, ['column_1', 'column_2', 'column_3'], 3],
    ['an expected name among words', 'a,\nb,c\n', { expectedColumns: ['a'] }, ['a', 'column_2'], 1],
    ['an expected name among numbers', '1,2\n3,4\n', { expectedColumns: ['2'] }, ['1', '2'], 1],
    ['expected names that are made up', 'a,b\nc,d\n', { expectedColumns: ['column_2'] }, ['column_1', 'column_2'], 2],
  ])('header: %s', async (_, content, options, names, rows) => {
    const table = await read(content, options);
    expect([table.names, table.rows]).toEqual([names, rows]);
  });

  test.each<[string, string, object?]>([
    ["Excel's separator", 'sep=;\nx;y\n1.5;a\n-2;b\n'],
    ["Excel's separator, CRLF", 'sep=:\r\nx:y\r\n1.5:a\r\n-2:b\r\n'],
    ['comments', '# made by a program, today\n#\nx,y\n1.5,a\n-2,b\n'],
    ['a byte order mark and comments', '\ufeff# größe, gewicht, mehr\nx,y\n1.5,a\n-2,b\n'],
    ['a header that begins with #', '#x\ty\n1.5\ta\n-2\tb\n'],
    ['a comment with as many cells as the table', '# one, two\n#x,y\nx,y\n1.5,a\n-2,b\n'],
    ['comments and a header that begins with #', '# one\n# x,y\n1.5,a\n-2,b\n'],
  ])('before the table: %s', async (_, content) => {
    const table = await read(content);
    expect(table.names).toEqual(['x', 'y']);
    expect(cells(table)).toEqual(expected);
  });

  test('records are counted with the lines before the table', async () => {
    const name = file('# a comment\nx,y\n1,2\n3\n');
    expect((await rejected(readCsv(name))).message).toMatch('Expected record 4 of');
  });

  test('numbers as people write them', async () => {
    const table = await read('a;b;c\n1.234,50;$12.34;45%\n12,5;$1,000.00;3%\n');
    expect(cells(table)).toEqual([
      [1234.5, Math.fround(12.34), Math.fround(0.45)],
      [12.5, 1000, Math.fround(0.03)],
    ]);
  });

  test('the decimal mark of a file', async () => {
    const mark = async (content: string) => (await openCsv(file(content))).form.decimal;
    expect(await mark('a;b\n1,5;2\n')).toBe(',');
    expect(await mark('a,b\n1.5,2\n')).toBe('.');
    expect(await mark('a;b\n1,234;2\n')).toBe(',');
    expect(await mark('a,b\n"1,234",2\n')).toBeUndefined();
    expect(await mark('a,b\n1,2\n')).toBeUndefined();
  });

  test('latin1 is that of browsers', async () => {
    const bytes = Buffer.concat([Buffer.from('a,b\n1,'), Buffer.from([0x80, 0xe9, 0x99]), Buffer.from('\n2,x\n')]);
    const table = await read(bytes, { encoding: 'latin1' });
    expect(wordAt(table.column('b') as WordsColumn, 0)).toBe('€é™');
  });

  test('a named delimiter and encoding', async () => {
    expect(cells(await read('x:y\n1.5:a\n-2:b\n', { delimiter: ':' }))).toEqual(expected);
    const latin = Buffer.from('naïve,b\n1,é\n2,è\n', 'latin1');
    const table = await read(latin, { encoding: 'latin1' });
    expect([table.names[0], wordAt(table.column('b') as WordsColumn, 0)]).toEqual(['naïve', 'é']);
  });

  test('text of other scripts across the pieces that are read', async () => {
    const rows = times(20_000, (i) => [`${i / 2}`, `名前 ${i % 50} 🙂`]);
    const table = await read(`数,語\n${rows.map((row) => row.join(',')).join('\n')}\n`);
    const words = table.column('語') as WordsColumn;
    expect([table.rows, words.distinct, wordAt(words, 19_999)]).toEqual([20_000, 50, '名前 49 🙂']);
  });

  test.each([1, 2, 3, 4])('random quoted tables come back (seed %i)', async (seed) => {
    const rng = new Philox(seed);
    const newline = ['\n', '\r\n'][seed % 2];
    const alphabet = ['a', 'b', ',', '"', '\n', ';', ' x', 'é', "'", '\t'];
    const word = (i: number, j: number) =>
      `w${times(rng.below(i * 9 + j, 5), (k) => alphabet[rng.below(i * 99 + j * 9 + k, alphabet.length)]).join('')}z`;
    const rows = times(3000, (i) => times(4, (j) => word(i, j)));
    const text = [['p', 'q', 'r', 's'], ...rows]
      .map((row) => row.map((cell) => (/[",\n\r]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(','))
      .join(newline);
    const source = await openCsv(file(text), { delimiter: ',' });
    const back: string[][] = [];
    for await (const batch of source.batches()) back.push(...batch);
    expect(back).toEqual(rows);
  });

  test('the file is read again when a column changes its form', async () => {
    const table = await read(`v,w\n${times(5000, (i) => (i < 4000 ? `${i},1` : `word${i % 3},2`)).join('\n')}`);
    const v = table.column('v') as WordsColumn;
    expect([v.storage, table.rows, wordAt(v, 7), wordAt(v, 4999)]).toEqual(['words', 5000, '7', 'word1']);
  });

  test('types that the caller names', async () => {
    const table = await read('zip,n\n01234,5\n00001,6\n', { types: { zip: 'category' } });
    expect(wordAt(table.column('zip') as WordsColumn, 0)).toBe('01234');
  });

  test('progress and abort', async () => {
    const name = file(`a,b\n${'1.5,2.5\n'.repeat(100_000)}`);
    const seen: number[] = [];
    await readCsv(name, { onProgress: ({ bytes, totalBytes }) => seen.push(bytes / totalBytes) });
    expect(seen.length).toBeGreaterThan(5);
    expect(seen.at(-1)).toBe(1);
    expect([...seen].sort((a, b) => a - b)).toEqual(seen);
    const controller = new AbortController();
    const aborted = readCsv(name, { signal: controller.signal, onProgress: () => controller.abort() });
    expect((await rejected(aborted)).name).toBe('AbortError');
  });

  test('a predict file: other order, further columns, raw rows encoded in batches', async () => {
    const train = await read('size,colour,label\n1,red,a\n2,blue,b\n3,red,a\n');
    const preprocessor = new TablePreprocessor({ scale: 'none' }).fit(train, { target: 'label' });
    const source = await openCsv(file('colour,when,size\nred,now,5\nnew,now,7\n'));
    const rows: number[][] = [];
    for await (const batch of source.batches()) {
      rows.push(...preprocessor.transformRows(batch, source.header, { firstRow: rows.length }).toArray());
    }
    expect(preprocessor.featureNames).toEqual(['size', 'colour=blue', 'colour=red']);
    expect(rows).toEqual([
      [5, 0, 1],
      [7, 0, 0],
    ]);
  });
});

describe('bad files', () => {
  const message = async (content: string | Buffer, options = {}) => {
    const name = file(content);
    const error = await rejected(readCsv(name, options));
    return { name: error.name, message: error.message.replaceAll(name, 'f') };
  };

  test.each<[string, string | Buffer, string]>([
    ['an empty file', '', 'Expected f to hold a table, it is empty.'],
    ['white space', ' \n\n \n', 'Expected f to hold a table, it is empty.'],
    ['only a byte order mark', '\ufeff', 'Expected f to hold a table, it is empty.'],
    ['a header without rows', 'a,b,c\n', 'Expected f to have rows below its header (a, b, c), it has none.'],
    ['a short record', 'a,b\n1,2\n3\n', 'Expected record 3 of f to have 2 cells like record 1, found 1.'],
    ['a long record', 'a,b\n1,2\n3,4,5\n', 'Expected record 3 of f to have 2 cells like record 1, found 3.'],
    ['an open quote', 'a,b\n1,"2\n3,4\n', 'Could not read record 2 of f: quoted field unterminated.'],
    [
      'text after a quote',
      'a,b\n1,"2"x\n3,4\n',
      'Could not read record 2 of f: trailing quote on quoted field is malformed.',
    ],
    [
      'a name twice',
      '"a","a"\n1,2\n',
      "Expected each column name of f once, found 'a' twice. Rename one of them, or say `--no-header`, in code `header: false`, when the first record holds data.",
    ],
    ['comments only', '# a\n# b\n', 'Expected f to hold a table, it holds comments only.'],
    ['zero bytes', Buffer.from([97, 44, 98, 10, 0, 1, 2]), 'Expected f to be a CSV file, it is binary: byte 4 is 0.'],
    [
      'another encoding',
      Buffer.from('a,b\n1,é\n', 'latin1'),
      "Expected f to be a CSV file in UTF-8, byte 6 is not (in Latin-1 it would be 'a,b 1,é '). If that looks right, say `--encoding latin1`, in code `encoding: 'latin1'`.",
    ],
    [
      'another encoding far behind the beginning',
      Buffer.from(`a,b\n${'1,x\n'.repeat(50_000)}2,größe\n`, 'latin1'),
      "Expected f to be a CSV file in UTF-8, byte 200008 is not (in Latin-1 it would be '1,x 1,x 2,größe '). If that looks right, say `--encoding latin1`, in code `encoding: 'latin1'`.",
    ],
    [
      'a text that ends within a character',
      Buffer.from('a,b\n1,é', 'utf8').subarray(0, -1),
      "Expected f to be a CSV file in UTF-8, byte 6 is not (in Latin-1 it would be 'Ã'). If that looks right, say `--encoding latin1`, in code `encoding: 'latin1'`.",
    ],
    [
      'a zero byte far behind the beginning',
      Buffer.concat([Buffer.from(`a,b\n${'1,x\n'.repeat(50_000)}`), Buffer.from([0])]),
      'Expected f to be a CSV file, it is binary: byte 200004 is 0.',
    ],
    [
      'UTF-16',
      Buffer.from('\ufeffa,b\n', 'utf16le'),
      'Expected f to be a CSV file, it is UTF-16 text: save it as UTF-8 first.',
    ],
    ['gzip', gzipSync('a,b\n1,2\n'), 'Expected f to be a CSV file, it is a gzip archive: unpack it first.'],
    [
      'a spreadsheet',
      Buffer.from('PK\x03\x04xxxx', 'latin1'),
      'Expected f to be a CSV file, it is a zip archive or a spreadsheet: save it as CSV first.',
    ],
  ])('%s', async (_, content, text) => {
    expect(await message(content)).toEqual({ name: 'DataError', message: text });
  });

  test('binary garbage', async () => {
    for (let seed = 0; seed < 20; seed++) {
      const rng = new Philox(seed);
      const bytes = Buffer.from(times(5000, (i) => rng.below(i, 256)));
      expect((await message(bytes)).name).toBe('DataError');
    }
  });

  test('one row is read', async () => {
    const table = await read('a,b\n1,x\n');
    expect(table.columns.map((column) => column.type)).toEqual(['constant', 'constant']);
  });

  test('a column without values', async () => {
    const table = await read('a,b\n1,\n2,NA\n');
    expect([table.column('b').type, table.column('b').missing]).toEqual(['empty', 2]);
  });

  test('100,000 columns', async () => {
    const width = 100_000;
    const header = times(width, (j) => `c${j}`).join(',');
    const table = await read(`${header}\n${times(width, (j) => j / 8).join(',')}\n${times(width, () => '').join(',')}`);
    const last = table.columns[width - 1] as NumericColumn;
    expect([table.columns.length, table.rows]).toEqual([width, 2]);
    expect([last.name, last.values[0], last.missing]).toEqual(['c99999', 99999 / 8, 1]);
  });

  test.each([
    ['from the start', ''],
    ['after good records', 'a,b\n1,2\n3,4\n'],
    ['in an open quote', 'a,b\n1,"2\n'],
  ])('a line without end, %s', async (_, start) => {
    const name = path.join(folder, `${counter++}.csv`);
    const handle = openSync(name, 'w');
    writeSync(handle, start);
    for (let k = 0; k < 24; k++) writeSync(handle, Buffer.alloc(1 << 20, 'x'));
    closeSync(handle);
    const error = await rejected(readCsv(name));
    expect(error.name).toBe('DataError');
    expect(error.message).toMatch(
      /to have at most 16777216 characters, record \d is longer: an unclosed quote, or no CSV file\.$/,
    );
  });

  test('a line of 1 GB is refused after 16 Mi characters, in little memory', async () => {
    const name = path.join(folder, `${counter++}.csv`);
    const handle = openSync(name, 'w');
    writeSync(handle, 'a,b\n1,2\n');
    for (let k = 0; k < 20; k++) writeSync(handle, Buffer.alloc(1 << 20, 'x'));
    ftruncateSync(handle, 2 ** 30);
    closeSync(handle);
    const { code, stdout, stderr } = runCode(`
      require('hebb').readCsv(${JSON.stringify(name)}).catch(({ message }) => {
        console.log(JSON.stringify({ message, peak: process.resourceUsage().maxRSS / 1024 }));
      });`);
    expect([code, stderr]).toEqual([0, '']);
    const { message, peak } = JSON.parse(stdout) as { message: string; peak: number };
    expect(message).toMatch(/at most 16777216 characters, record 3 is longer/);
    // An emulator's own memory counts too (scripts/gates/arm64.mjs).
    expect(peak).toBeLessThan(process.env.HEBB_EMULATOR ? 800 : 400);
  });

  test('a pipe is refused instead of waited for', async () => {
    const name = path.join(folder, 'pipe');
    execFileSync('mkfifo', [name]);
    expect((await rejected(readCsv(name))).message).toBe(
      `Could not read ${name}: it is not a regular file. Write what it holds into one first.`,
    );
  });

  test('files that cannot be read', async () => {
    const none = path.join(folder, 'none.csv');
    expect((await rejected(readCsv(none))).message).toBe(`Could not read ${none}: no such file or folder (ENOENT).`);
    expect((await rejected(readCsv(folder))).message).toMatch(/it is (not a regular file|a folder)/);
  });

  test.each<[string, object, string]>([
    [
      'an unknown option',
      { delimeter: ',' },
      'Unknown option `delimeter` for readCsv. Did you mean `delimiter`? Known options: delimiter, header, decimal, encoding, expectedColumns, types, signal, onProgress.',
    ],
    ['a long delimiter', { delimiter: '::' }, "Expected `delimiter` to be one character, received '::'."],
    ['a quote as delimiter', { delimiter: '"' }, "Expected `delimiter` to be one character, received '\"'."],
    [
      'a wrong type',
      { types: { a: 'numeric' } },
      "Expected `types.a` to be one of 'number', 'category', 'date', received 'numeric'.",
    ],
    ['a wrong encoding', { encoding: 'ascii' }, "Expected `encoding` to be one of 'utf8', 'latin1', received 'ascii'."],
    ['a header that is no boolean', { header: 1 }, 'Expected `header` to be true or false, received 1.'],
  ])('%s', async (_, options, text) => {
    expect(await rejected(readCsv('x.csv', options))).toEqual({ name: 'ArgumentError', message: text });
  });

  test('types that name no column', async () => {
    expect((await message('age,b\n1,2\n', { types: { agee: 'number' } })).message).toContain('Did you mean `age`?');
  });
});
