/** A column's type as information_schema writes it: `int(10) unsigned`, `decimal(10,2)`, `enum('a','b')`. */
export interface MysqlType {
  /** Without what is in brackets: `int`. */
  name: string;
  modifiers: number[];
  unsigned: boolean;
  /** Characters of each label of an enum or set; one that is written with escapes may count as longer, never as shorter. */
  labelLengths: number[];
}

export const INTEGER_BITS: Record<string, number> = { tinyint: 8, smallint: 16, mediumint: 24, int: 32, bigint: 64 };
/** What AWS DMS carries as large objects (its guide, "Source data types for MySQL"); all others have a place in the row. */
export const LARGE_TYPES = ['mediumtext', 'longtext', 'mediumblob', 'longblob'];
/** Their order is a collation's, or that of an enum's labels. */
export const COLLATED_TYPES = ['char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext', 'enum', 'set'];

export function parseType(type: string): MysqlType {
  const [, name = type, inBrackets = '', rest = ''] = /^([a-z0-9]+)(?:\((.*)\))?([^)]*)$/s.exec(type) ?? [];
  const labels = name === 'enum' || name === 'set' ? [...inBrackets.matchAll(/'((?:[^']|'')*)'/g)] : [];
  return {
    name,
    modifiers: labels.length > 0 ? [] : inBrackets.split(',').filter(Boolean).map(Number),
    unsigned: rest.includes('unsigned'),
    labelLengths: labels.map(([, label = '']) => Array.from(label.replaceAll("''", "'")).length),
  };
}
