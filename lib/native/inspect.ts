import { closeSync, fstatSync, openSync, readSync } from 'node:fs';

const MACHINES: Record<number, string> = { 3: 'ia32', 40: 'arm', 62: 'x64', 183: 'arm64', 243: 'riscv64' };
const ELF_MAGIC = 0x7f454c46;
/** Bytes at the beginning that hold the headers of a program: linkers put its program headers right behind the first. */
const HEAD = 4096;

function readHead(file: string): { bytes: Buffer; size: number } {
  const handle = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(HEAD);
    const count = readSync(handle, bytes, 0, HEAD, 0);
    return { bytes: bytes.subarray(0, count), size: fstatSync(handle).size };
  } finally {
    closeSync(handle);
  }
}

/**
 * Why an ELF binary cannot be loaded by a process of architecture `arch`, told from its header; undefined when nothing
 * speaks against it, or when it is no 64-bit little-endian ELF file, which the loader itself refuses with a reason.
 *
 * A truncated file has to be found here: the loader maps it, and reading past its end kills the process (SIGBUS).
 */
export function elfProblem(file: string, arch: string): string | undefined {
  const { bytes, size } = readHead(file);
  if (bytes.length < 4 || bytes.readUInt32BE(0) !== ELF_MAGIC) return undefined;
  if (bytes.length < 64) return `the file is truncated: it has ${bytes.length} bytes, less than an ELF header.`;
  if (bytes[4] !== 2 || bytes[5] !== 1) return undefined;
  const number = bytes.readUInt16LE(18);
  const machine = MACHINES[number] ?? `machine ${number}`;
  if (machine !== arch) return `the binary is for ${machine}, this process is ${arch}.`;
  const needed = bytesNeeded(bytes);
  if (needed <= size) return undefined;
  return `the file is truncated: its headers name ${needed} bytes, it has ${size}.`;
}

/** The end of what an ELF header, its program headers and its table of sections say the file holds. */
function bytesNeeded(bytes: Buffer): number {
  const programs = Number(bytes.readBigUInt64LE(32));
  const sections = Number(bytes.readBigUInt64LE(40));
  const size = bytes.readUInt16LE(54);
  const count = bytes.readUInt16LE(56);
  let end = Math.max(programs + size * count, sections + bytes.readUInt16LE(58) * bytes.readUInt16LE(60));
  for (let i = 0; i < count; i++) {
    const at = programs + i * size;
    if (at + 40 > bytes.length) return end;
    end = Math.max(end, Number(bytes.readBigUInt64LE(at + 8)) + Number(bytes.readBigUInt64LE(at + 32)));
  }
  return end;
}
