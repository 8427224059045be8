import { parseNpy, readNpy } from '../../../lib/io';
import golden from '../../golden/npy.json';

const bytesOf = (text: string) => Uint8Array.from(Buffer.from(text, 'base64'));

test.each(golden.cases)('numpy wrote $name', ({ npy, rows, cols, values }) => {
  const matrix = parseNpy(bytesOf(npy));
  expect([matrix.rows, matrix.cols]).toEqual([rows, cols]);
  expect([...matrix.data]).toEqual(values);
});

test('bytes at an odd address are read', () => {
  const whole = bytesOf(golden.cases[0]!.npy);
  const shifted = new Uint8Array(whole.length + 1);
  shifted.set(whole, 1);
  expect([...parseNpy(shifted.subarray(1)).data]).toEqual(golden.cases[0]!.values);
});

test('what is no .npy file, or not a whole one, is refused with the reason', async () => {
  const whole = bytesOf(golden.cases[0]!.npy);
  expect(() => parseNpy(new Uint8Array(40), 'x.npy')).toThrow('Expected x.npy to be a .npy file, found another kind.');
  expect(() => parseNpy(whole.subarray(0, 40), 'x.npy')).toThrow('found one that is cut off');
  expect(() => parseNpy(whole.subarray(0, whole.length - 1), 'x.npy')).toThrow(
    'Expected x.npy to hold 2 x 3 values of 4 bytes, found 23 bytes.',
  );
  const objects = Buffer.from(whole).toString('latin1').replace("'<f4'", "'|O8'");
  expect(() => parseNpy(Buffer.from(objects, 'latin1'), 'x.npy')).toThrow('an array of plain numbers');
  await expect(readNpy('/no/such/file.npy')).rejects.toMatchObject({ code: 'ERR_DATA' });
});
