import { readFile } from 'node:fs/promises';
import { inflateRawSync } from 'node:zlib';

const END_OF_DIRECTORY = 0x06054b50;
const END_OF_DIRECTORY_BYTES = 22;
const DIRECTORY_ENTRY_BYTES = 46;
const LOCAL_HEADER_BYTES = 30;
const STORED = 0;

/** The files of a zip archive: name to content. */
export async function unzip(path: string): Promise<Map<string, Buffer>> {
  const zip = await readFile(path);
  let end = zip.length - END_OF_DIRECTORY_BYTES;
  while (zip.readUInt32LE(end) !== END_OF_DIRECTORY) end -= 1;
  const files = new Map<string, Buffer>();
  let entry = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left -= 1) {
    const nameBytes = zip.readUInt16LE(entry + 28);
    const name = zip.toString('utf8', entry + DIRECTORY_ENTRY_BYTES, entry + DIRECTORY_ENTRY_BYTES + nameBytes);
    files.set(name, content(zip, entry));
    entry += DIRECTORY_ENTRY_BYTES + nameBytes + zip.readUInt16LE(entry + 30) + zip.readUInt16LE(entry + 32);
  }
  return files;
}

function content(zip: Buffer, entry: number): Buffer {
  const header = zip.readUInt32LE(entry + 42);
  const start = header + LOCAL_HEADER_BYTES + zip.readUInt16LE(header + 26) + zip.readUInt16LE(header + 28);
  const bytes = zip.subarray(start, start + zip.readUInt32LE(entry + 20));
  return zip.readUInt16LE(entry + 10) === STORED ? bytes : inflateRawSync(bytes);
}
