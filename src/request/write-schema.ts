/** Writes schemas/load-request.schema.json from the one definition of a request: `npm run schema`. */
import { mkdir, writeFile } from 'node:fs/promises';
import { requestJsonSchema } from './json-schema.ts';

const folder = new URL('../../schemas/', import.meta.url);
await mkdir(folder, { recursive: true });
await writeFile(new URL('load-request.schema.json', folder), `${JSON.stringify(requestJsonSchema(), null, 2)}\n`);
