import { RequestError } from '../errors.ts';
import { databaseTargetOf } from './database-target.ts';
import { nearest } from './nearest.ts';
import type { LoadRequest } from './schema.ts';
import { showPath, showValue } from './show.ts';
import { parseTableName, parseWildcard, writeTableName, writeWildcard } from './table-name.ts';

type Path = PropertyKey[];
type Tables = LoadRequest['source']['tables'];

/**
 * The request with every table's name written in the one way, so that the same table is the same text everywhere.
 * A table that is named beside its schema's wildcard is loaded once, as it is described by name.
 * @throws RequestError for a name that is none, a table named twice, two tables that would go into one target table,
 *   and settings for a table that the request doesn't load
 */
export function settleTableNames(request: LoadRequest): LoadRequest {
  const { source, topics, transform } = request;
  const target = databaseTargetOf(request);
  const tables = settleSource(source.tables);
  const loads = loadedBy(tables);
  const settled: LoadRequest = { ...request, source: { ...source, tables } };
  if (target) {
    settled.target = { ...target, tables: settleTargets(target.tables, loads) };
    assertOneSourceEach(tables, settled.target.tables);
  }
  if (topics) settled.topics = { ...topics, tables: settleKeys(topics.tables, ['topics', 'tables'], loads) };
  if (transform) {
    const { script, ...byTable } = transform;
    settled.transform = Object.assign(
      settleKeys(byTable, ['transform'], loads),
      script === undefined ? {} : { script },
    );
  }
  return settled;
}

function settleSource(tables: Tables): Tables {
  const seen = new Set<string>();
  return tables.map((table, index) => {
    const path: Path = ['source', 'tables', index];
    const name =
      typeof table === 'string' ? settleName(table, path, 'wildcard too') : settleName(table.name, [...path, 'name']);
    if (seen.has(name)) {
      throw new RequestError({
        field: showPath(path),
        value: name,
        wrong: 'the table is named twice',
        advice: 'Name it once',
      });
    }
    seen.add(name);
    return typeof table === 'string' ? name : { ...table, name };
  });
}

function settleTargets(targets: Record<string, string>, loads: Loads): Record<string, string> {
  const path: Path = ['target', 'tables'];
  const settled = settleKeys(targets, path, loads, 'wildcard too');
  return Object.fromEntries(
    Object.entries(settled).map(([source, written]) => {
      const target = settleName(written, [...path, source], 'wildcard too');
      if ((parseWildcard(source) === undefined) === (parseWildcard(target) === undefined)) return [source, target];
      throw new RequestError({
        field: showPath([...path, source]),
        ...showValue(path, written),
        wrong: 'one side means a whole schema and the other one table',
        advice: 'Write "hr.*": "public.*", or "hr.employees": "public.employees"',
      });
    }),
  );
}

function settleKeys<T>(
  record: Record<string, T>,
  path: Path,
  loads: Loads,
  wildcards?: 'wildcard too',
): Record<string, T> {
  const settled = new Map<string, T>();
  for (const [written, value] of Object.entries(record)) {
    const at = [...path, written];
    const name = settleName(written, at, wildcards);
    if (settled.has(name)) {
      throw new RequestError({ field: showPath(at), wrong: 'the table is named twice here', advice: 'Name it once' });
    }
    if (!loads.includes(name)) {
      const meant = nearest(name, loads.names);
      throw new RequestError({
        field: showPath(at),
        wrong: 'the request does not load this table',
        advice: meant
          ? `Did you mean "${meant}"?`
          : `Add it to source.tables (${loads.names.join(', ')}), or remove it here`,
      });
    }
    settled.set(name, value);
  }
  return Object.fromEntries(settled);
}

/**
 * The target table of a source table: its own entry in target.tables comes before its schema's, and without one the
 * name stays. Both names, and those in the entries, are written as settleTableNames writes them.
 */
export function targetNameOf(source: string, targets: Record<string, string>): string {
  const named = targets[source];
  if (named !== undefined) return named;
  const parts = parseTableName(source);
  const schema = parseWildcard(targets[schemaOf(source) ?? ''] ?? '');
  return parts && schema !== undefined ? writeTableName({ schema, table: parts.table }) : source;
}

interface Loads {
  names: string[];
  includes(name: string): boolean;
}

function loadedBy(tables: Tables): Loads {
  const names = tables.map((table) => (typeof table === 'string' ? table : table.name));
  const loaded = new Set(names);
  const schemas = new Set(names.map(schemaOf));
  return { names, includes: (name) => loaded.has(name) || loaded.has(schemaOf(name) ?? '') || schemas.has(name) };
}

/** The wildcard of the schema that a table is in. */
function schemaOf(name: string): string | undefined {
  const parts = parseTableName(name);
  return parts && writeWildcard(parts.schema);
}

/** Of the tables that are named; those behind a wildcard are compared when the survey has found them. */
function assertOneSourceEach(tables: Tables, targets: Record<string, string>): void {
  const sources = new Map<string, string>();
  for (const table of tables) {
    const source = typeof table === 'string' ? table : table.name;
    const target = targetNameOf(source, targets);
    const other = sources.get(target);
    if (other !== undefined) {
      throw new RequestError({
        field: showPath(['target', 'tables', source]),
        value: target,
        wrong: `${other} goes into the same target table`,
        advice: 'Give each source table a target table of its own',
      });
    }
    sources.set(target, source);
  }
}

function settleName(written: string, path: Path, wildcards?: 'wildcard too'): string {
  const schema = wildcards && parseWildcard(written);
  if (schema !== undefined) return writeWildcard(schema);
  const name = parseTableName(written);
  if (name) return writeTableName(name);
  const wildcard = !wildcards && parseWildcard(written) !== undefined;
  throw new RequestError({
    field: showPath(path),
    ...showValue(path, written),
    wrong: wildcard ? 'one table must be named here, not a whole schema' : "it is not a table's name",
    advice: 'Write schema.table; put a part with capitals, dots or other signs in double quotes: hr."Employees"',
  });
}
