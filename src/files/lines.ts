import { LoadFailedError } from '../errors.ts';
import { readBytes, type FileEntry } from './folder.ts';

export interface Line {
  /** Without its end, a line feed. */
  bytes: Buffer;
  /** Where the next one begins, in bytes from the file's beginning. */
  end: number;
}

/** In memory are a piece, the next one, which is on its way meanwhile, and a line that began before. */
const PIECE_BYTES = 4 * 1024 * 1024;
const LINE_FEED = 10;

/**
 * The lines of a file from where one of them begins, some at a time. Read in pieces, each as a whole: a connection that
 * waited for whoever works on the lines would be cut.
 * @throws LoadFailedError for a file that is shorter than it was, or ends in mid-line; TransientError
 */
export async function* readLines(file: FileEntry, from: number, pieceBytes = PIECE_BYTES): AsyncGenerator<Line[]> {
  const piece = (at: number) =>
    at < file.size ? readBytes(file, at, Math.min(at + pieceBytes, file.size)) : undefined;
  let [begin, rest] = [from, Buffer.alloc(0)];
  let coming = piece(from);
  try {
    while (coming) {
      const bytes = await coming;
      if (bytes.length === 0) throw new LoadFailedError(`${nameOf(file)} is shorter than ${file.size} bytes.`);
      const data = Buffer.concat([rest, bytes]);
      coming = piece(begin + data.length);
      const lines = linesIn(data, begin);
      const taken = (lines.at(-1)?.end ?? begin) - begin;
      [begin, rest] = [begin + taken, data.subarray(taken)];
      if (lines.length > 0) yield lines;
    }
  } finally {
    // Nobody waits for it any more.
    coming?.catch(() => undefined);
  }
  if (rest.length > 0) throw new LoadFailedError(`${nameOf(file)} ends in mid-line.`);
}

function linesIn(data: Buffer, begin: number): Line[] {
  const lines: Line[] = [];
  for (let at = 0, end = data.indexOf(LINE_FEED); end !== -1; at = end + 1, end = data.indexOf(LINE_FEED, at)) {
    lines.push({ bytes: data.subarray(at, end), end: begin + end + 1 });
  }
  return lines;
}

function nameOf({ bucket, key }: FileEntry): string {
  return `s3://${bucket}/${key}`;
}
