import type { Settings } from './replication-settings.ts';
import {
  isInclusion,
  matches,
  type Filter,
  type Locator,
  type Mappings,
  type TransformationRule,
} from './table-mappings.ts';

/** A table of the source, as its catalogue has it. */
export interface SourceTable {
  schema: string;
  table: string;
  columns: SourceColumn[];
  /** Columns of the primary key, or else of a unique index over columns that are NOT NULL. */
  key?: string[];
}
export interface SourceColumn {
  name: string;
  /** DMS counts text without a length, bytes, JSON and the like as LOBs. */
  lob?: 'text' | 'bytes';
  /** Values are compared as numbers, and may stand in SQL as they are. */
  isNumber: boolean;
}

/** One table of a load: what is read of it, and where that goes. */
export interface ChosenTable {
  source: SourceTable;
  target: { schema: string; table: string };
  columns: { source: SourceColumn; target: string }[];
  filters: Filter[];
  /** Each row belongs to the first of them that it isn't above; the last has no bound. */
  ranges?: { columns: string[]; boundaries: string[][] };
  lobs: Pick<Settings, 'lobs' | 'lobMaxKilobytes' | 'inlineKilobytes'>;
}

/** What the mappings make of a source's tables. @throws Error when they can't be carried out */
export function chooseTables({ rules }: Mappings, tables: SourceTable[], settings: Settings): ChosenTable[] {
  return tables.filter((table) => isSelected({ rules }, table)).map((table) => chosen({ rules }, table, settings));
}

function isSelected({ rules }: Mappings, table: SourceTable): boolean {
  const found = rules.filter(
    (rule) =>
      rule['rule-type'] === 'selection' && isAt(rule['object-locator'], table, rule['rule-action'] === 'explicit'),
  );
  return found.some(isInclusion) && found.every(isInclusion);
}

function chosen({ rules }: Mappings, source: SourceTable, settings: Settings): ChosenTable {
  const selections = rules
    .filter(isInclusion)
    .filter((rule) => isAt(rule['object-locator'], source, rule['rule-action'] === 'explicit'));
  const transformations = rules.filter((rule) => rule['rule-type'] === 'transformation');
  const tableSettings = rules
    .filter((rule) => rule['rule-type'] === 'table-settings')
    .find((rule) => isAt(rule['object-locator'], source, true));
  const parallel = tableSettings?.['parallel-load'];
  return {
    source,
    target: {
      schema: renamed(transformations, 'schema', source) ?? source.schema,
      table: renamed(transformations, 'table', source) ?? source.table,
    },
    columns: columnsOf(transformations, source),
    filters: selections.flatMap(({ filters = [] }) => filters),
    ...(parallel?.type === 'ranges' && { ranges: parallel }),
    lobs: lobsOf(tableSettings?.['lob-settings'], settings),
  };
}

function columnsOf(rules: TransformationRule[], source: SourceTable): ChosenTable['columns'] {
  const has = (action: TransformationRule['rule-action'], column?: string) =>
    rules.some(
      (rule) =>
        rule['rule-action'] === action &&
        isAt(rule['object-locator'], source) &&
        (column === undefined || isColumn(rule, column)),
    );
  return source.columns
    .filter(({ name }) => !has('remove-column', name) && (!has('include-column') || has('include-column', name)))
    .map((column) => {
      const target = renamed(rules, 'column', source, column.name);
      if (target !== undefined && column.lob !== undefined) {
        // "The only supported transformation for columns that are mapped to BLOB/CLOB data types is to drop the column."
        throw new Error(`${source.schema}.${source.table}.${column.name} is a LOB, and DMS cannot rename it.`);
      }
      return { source: column, target: target ?? column.name };
    });
}

function renamed(
  rules: TransformationRule[],
  level: TransformationRule['rule-target'],
  table: SourceTable,
  column?: string,
): string | undefined {
  const found = rules.filter(
    (rule) =>
      rule['rule-action'] === 'rename' &&
      rule['rule-target'] === level &&
      isAt(rule['object-locator'], table) &&
      (column === undefined || isColumn(rule, column)),
  );
  if (found.length > 1) throw new Error(`Two rules rename the same ${level} of ${table.schema}.${table.table}.`);
  return found[0]?.value;
}

function isAt(locator: Locator, { schema, table }: { schema: string; table: string }, isExplicit = false): boolean {
  return matches(locator['schema-name'], schema, isExplicit) && matches(locator['table-name'], table, isExplicit);
}

function isColumn(rule: TransformationRule, column: string): boolean {
  return matches(rule['object-locator']['column-name'], column);
}

function lobsOf(own: { mode: string; 'bulk-max-size'?: string } | undefined, settings: Settings): ChosenTable['lobs'] {
  const { lobs, lobMaxKilobytes, inlineKilobytes } = settings;
  if (own === undefined) return { lobs, lobMaxKilobytes, inlineKilobytes };
  const kilobytes = own['bulk-max-size'] === undefined ? undefined : Number(own['bulk-max-size']);
  if (own.mode === 'none') return { lobs: 'none', lobMaxKilobytes, inlineKilobytes };
  if (own.mode === 'limited')
    return { lobs: 'limited', lobMaxKilobytes: kilobytes ?? lobMaxKilobytes, inlineKilobytes };
  return { lobs: 'full', lobMaxKilobytes, inlineKilobytes: kilobytes ?? inlineKilobytes };
}
