import { ownName, type OwnedLoad } from '../owned-load.ts';

/** What a load makes for Glue, with the names in `tornDown` and in messages; in the order of removal. */
export const KINDS = {
  job: 'Glue job',
  network: 'Glue connection',
  scripts: "Glue job's scripts",
  rows: "Glue job's rows",
} as const;
export type Kind = keyof typeof KINDS;
/** What Glue knows by name. */
export type Resource = Exclude<Kind, 'scripts' | 'rows'>;

export function nameOf(load: OwnedLoad, kind: Resource): string {
  return ownName(load, kind);
}
