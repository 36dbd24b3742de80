/**
 * A condition on rows that means the same in Spark SQL and in a database: what `transform.<table>.filter` says, when it
 * says no more than this. NULL is neither true nor false, as in both.
 */
export type RowFilter =
  | { and: RowFilter[] }
  | { or: RowFilter[] }
  | { not: RowFilter }
  | { column: string; isNull: boolean }
  | { column: string; is: Comparison; value: FilterValue }
  | { column: string; in: FilterValue[] };
export type Comparison = '=' | '<>' | '<' | '<=' | '>' | '>=';
/** A number is kept as it was written: JSON numbers of any size would be rounded. */
export type FilterValue = { number: string } | { text: string } | { truth: boolean };
