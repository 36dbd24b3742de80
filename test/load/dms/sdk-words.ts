import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createRequire } from 'node:module';

const sdk = dirname(createRequire(import.meta.url).resolve('@aws-sdk/client-database-migration-service/package.json'));
const declarations = readFileSync(join(sdk, 'dist-types/models/models_0.d.ts'), 'utf8');

/** The doc comment of a property in the SDK's types, on one line. @throws Error when there is none of these names */
function commentOn(type: string, property: string): string {
  const body = new RegExp(`export interface ${type} \\{\\n([\\s\\S]*?)\\n\\}`).exec(declarations)?.[1] ?? '';
  const comment = new RegExp(`/\\*\\*((?:(?!\\*/)[\\s\\S])*)\\*/\\s*${property}\\?`).exec(body)?.[1];
  if (comment === undefined) throw new Error(`The SDK says nothing of ${type}.${property}.`);
  return comment.replaceAll(/\s*\n\s*\*\s*/g, ' ');
}

/** Words that the SDK writes as `<code>"running"</code>`. */
export function codesOf(type: string, property: string): string[] {
  return [...commentOn(type, property).matchAll(/<code>"([^"]+)"<\/code>/g)].map((match) => match[1]!);
}

/** Words that the SDK writes as "Valid states: Before load | Full load". */
export function alternativesOf(type: string, property: string): string[] {
  const listed = /Valid states: ([^<]+)</.exec(commentOn(type, property))?.[1] ?? '';
  return listed.split('|').map((word) => word.trim());
}

/** Words that the SDK writes as list items, each before a dash. */
export function itemsOf(type: string, property: string): string[] {
  return [...commentOn(type, property).matchAll(/<li> <p>([^<–]+?) ?–/g)].map((match) => match[1]!);
}
