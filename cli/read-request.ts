import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { RequestError } from '../src/errors.ts';
import { parseJsonText } from '../src/request/json-text.ts';
import { parseRequest } from '../src/request/parse.ts';
import type { LoadRequest } from '../src/request/schema.ts';
import type { Terminal } from './terminal.ts';

/** A request as it was written, which is what runs, and as it was understood. */
export interface ReadRequest {
  written: unknown;
  understood: LoadRequest;
}

/** Reads a request from a file, or from standard input when the file is `-`. @throws RequestError */
export async function readRequest(file: string, terminal: Terminal): Promise<ReadRequest> {
  const written = parseJsonText(file === '-' ? await text(terminal.stdin) : await readText(file));
  return { written, understood: parseRequest(written) };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const wrong = { ENOENT: 'there is no such file', EISDIR: 'this is a directory', EACCES: 'it may not be read' }[
      code ?? ''
    ];
    throw new RequestError({
      field: 'FILE',
      value: file,
      wrong: wrong ?? message,
      advice: 'Give the path of a request, or - to read it from standard input',
    });
  }
}
