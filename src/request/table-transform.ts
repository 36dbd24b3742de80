import type { LoadRequest } from './schema.ts';

export type TableTransform = Exclude<NonNullable<LoadRequest['transform']>[string], string | undefined>;

/** What the request says of a table's rows; nothing without an entry for it. */
export function transformOf({ transform }: Pick<LoadRequest, 'transform'>, table: string): TableTransform {
  const steps = transform?.[table];
  return typeof steps === 'object' ? steps : {};
}

/** The columns of a source table that the request reads: all, unless it names some. */
export function askedColumns({ source }: Pick<LoadRequest, 'source'>, table: string): string[] | undefined {
  const asked = source.tables.find((one) => typeof one === 'object' && one.name === table);
  return typeof asked === 'object' ? asked.columns : undefined;
}

/** Which of the columns that are read go on, in their order, each with its name in the target. */
export function selectColumns<Column extends { name: string }>(
  columns: Column[],
  { drop = [], rename = {} }: TableTransform,
): { column: Column; as: string }[] {
  return columns
    .filter(({ name }) => !drop.includes(name))
    .map((column) => ({ column, as: Object.hasOwn(rename, column.name) ? rename[column.name]! : column.name }));
}
