import { isUtf8 } from 'node:buffer';
import { DataError } from '../../errors';
import { show } from '../../validate';

/** 'latin1' is read as browsers read it: bytes 128 to 159 are those of Windows-1252, such as the euro sign. */
export type CsvEncoding = 'utf8' | 'latin1';

/** Windows-1252 from byte 128 to 159; the five bytes without a character stay what they are. */
const WINDOWS =
  '\u20ac\u0081\u201a\u0192\u201e\u2026\u2020\u2021\u02c6\u2030\u0160\u2039\u0152\u008d\u017d\u008f' +
  '\u0090\u2018\u2019\u201c\u201d\u2022\u2013\u2014\u02dc\u2122\u0161\u203a\u0153\u009d\u017e\u0178';

const CONTROLS = /[\u0080-\u009f]/g;

const NONE = Buffer.alloc(0);

/** Bytes at the end that begin a character of UTF-8 and do not finish it. */
function unfinished(bytes: Buffer): number {
  for (let back = 1; back <= Math.min(3, bytes.length); back++) {
    const byte = bytes[bytes.length - back];
    if (byte < 0x80) return 0;
    if (byte >= 0xc0) return (byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : 2) > back ? back : 0;
  }
  return 0;
}

/** Turns the bytes of a text file, which come in pieces, into text, and refuses what is no text in that encoding. */
export class Decoder {
  /** Bytes of an unfinished character. */
  private rest = NONE;

  /** @param position of the first byte in the file, for messages */
  constructor(
    private readonly file: string,
    private readonly encoding: CsvEncoding,
    private position = 0,
  ) {}

  /** @throws DataError when the bytes are not in the encoding, or one is 0 */
  push(piece: Buffer): string {
    const zero = piece.indexOf(0);
    if (zero >= 0) {
      const byte = this.position + this.rest.length + zero;
      throw new DataError(`Expected ${this.file} to be a CSV file, it is binary: byte ${byte} is 0.`);
    }
    if (this.encoding === 'latin1') {
      this.position += piece.length;
      return piece.toString('latin1').replace(CONTROLS, (c) => WINDOWS[c.charCodeAt(0) - 0x80]);
    }
    const bytes = this.rest.length === 0 ? piece : Buffer.concat([this.rest, piece]);
    const length = bytes.length - unfinished(bytes);
    const text = this.utf8(bytes.subarray(0, length));
    this.rest = Buffer.from(bytes.subarray(length));
    return text;
  }

  /** @throws DataError when the text ends within a character */
  end(): void {
    if (this.rest.length > 0) this.utf8(this.rest);
  }

  private utf8(bytes: Buffer): string {
    const text = bytes.toString('utf8');
    if (!isUtf8(bytes)) {
      const at = Buffer.byteLength(text.slice(0, text.indexOf('\ufffd')), 'utf8');
      const near = bytes.subarray(Math.max(0, at - 12), at + 12).toString('latin1');
      throw new DataError(
        `Expected ${this.file} to be a CSV file in UTF-8, byte ${this.position + at} is not ` +
          `(in Latin-1 it would be ${show(near.replace(/[\r\n]+/g, ' '))}). If that looks right, say \`--encoding latin1\`, in code \`encoding: 'latin1'\`.`,
      );
    }
    this.position += bytes.length;
    return text;
  }
}
