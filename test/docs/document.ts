import { readFile } from 'node:fs/promises';

/** A document in Markdown, by its sections. */
export interface Document {
  /** @throws Error when there is none of this heading */
  section(heading: string): string;
  /** What stands in code signs in the first cells of a section's tables. */
  firstCells(heading: string): string[];
  /** The first example in JSON of a section. */
  example(heading: string): unknown;
}

export async function readDocument(path: string): Promise<Document> {
  const parts = (await readFile(path, 'utf8')).split(/^## /m);
  const section = (heading: string) => {
    const found = parts.find((part) => part.startsWith(`${heading}\n`));
    if (found === undefined) throw new Error(`${path} has no section "${heading}".`);
    return found;
  };
  return {
    section,
    firstCells(heading) {
      const cells = [...section(heading).matchAll(/^\| (`[^|]+?) +\|/gm)].map(([, cell]) => cell!);
      return cells.flatMap((cell) => [...cell.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
    },
    example: (heading) => JSON.parse(/```json\n(.*?)```/s.exec(section(heading))?.[1] ?? ''),
  };
}

/** The names of what a deployment decides. */
export async function deployedParameters(): Promise<string[]> {
  const text = await readFile('config/parameters.yml', 'utf8');
  return [...text.matchAll(/^ {2}(\w+):/gm)].map(([, name]) => name!);
}
