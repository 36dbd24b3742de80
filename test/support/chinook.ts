import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';

/** The Chinook sample database, which lies beside the repository; see its README there for where it comes from. */
export const CHINOOK_TABLES = [
  'album',
  'artist',
  'customer',
  'employee',
  'genre',
  'invoice',
  'invoice_line',
  'media_type',
  'playlist',
  'playlist_track',
  'track',
];

/** What a target should keep as it was. */
export const CHINOOK_CONSTRAINTS = `select conrelid::regclass::text as "table", conname, contype, convalidated,
    pg_get_constraintdef(oid) as definition
  from pg_constraint where connamespace = 'public'::regnamespace order by 1, 2`;

const FOLDER = resolve(import.meta.dirname, '../../../shared/data');

/** For an empty database of PostgreSQL: everything, and everything but the rows. @throws Error where the file is missing */
export async function chinookForPostgres(): Promise<{ schema: string; whole: string }> {
  const whole = (await read('chinook-postgres.sql'))
    .replaceAll(/^(DROP DATABASE|CREATE DATABASE|\\c).*$/gm, '')
    // PostgreSQL takes N'…' for a character(n), which loses its last spaces, and MariaDB doesn't.
    .replaceAll(/(?<=\(|, )N'(?!')/g, "'");
  const statements = whole.split(/;\s*$/m);
  return {
    whole,
    schema: statements.filter((statement) => !/^\s*(--.*\s*|\/\*[^]*?\*\/\s*)*INSERT INTO/.test(statement)).join(';\n'),
  };
}

/** For MySQL and MariaDB, with the database, which is called Chinook. @throws Error where the file is missing */
export async function chinookForMysql(): Promise<string> {
  // One of its texts holds a backslash, which is meant as one.
  return `set sql_mode = concat(@@sql_mode, ',NO_BACKSLASH_ESCAPES'); ${await read('chinook-mysql.sql')}`;
}

async function read(name: string): Promise<string> {
  const file = resolve(FOLDER, name);
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    throw new Error(
      `This test needs the Chinook database as ${file}, which is not there. It is ${name} of a checkout's sibling folder shared/data.`,
      { cause: error },
    );
  }
}
