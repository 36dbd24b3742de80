import { NotUnderstood, TokenReader } from './row-filter-tokens.ts';
import type { Comparison, FilterValue, RowFilter } from './row-filter.ts';

const COMPARISONS: Record<string, Comparison> = {
  '=': '=',
  '==': '=',
  '<>': '<>',
  '!=': '<>',
  '<': '<',
  '<=': '<=',
  '>': '>',
  '>=': '>=',
};
/** `5 < id` is `id > 5`. */
const TURNED: Record<Comparison, Comparison> = { '=': '=', '<>': '<>', '<': '>', '<=': '>=', '>': '<', '>=': '<=' };
/** Words of the grammar: a column of such a name counts as one only in backquotes. */
const KEYWORDS = new Set(['AND', 'OR', 'NOT', 'IS', 'IN', 'BETWEEN', 'NULL', 'TRUE', 'FALSE']);
/** Of parentheses and NOT within each other. */
const DEEPEST = 50;

/**
 * Reads a Spark SQL condition, if it says no more than a RowFilter can. Anything else, and whatever is not certain, is
 * answered with the reason, in words that go on after "the filter". NOT comes before AND before OR, and a comparison is
 * no part of another one, as in Spark's grammar (SqlBaseParser.g4, booleanExpression).
 *
 * @param columns of the table, as they are written: the job tells names apart by case (spark.sql.caseSensitive)
 */
export function parseRowFilter(condition: string, columns: string[]): { filter: RowFilter } | { why: string } {
  try {
    return { filter: new Parser(new TokenReader(condition), columns).parse() };
  } catch (error) {
    if (error instanceof NotUnderstood) return { why: error.message };
    throw error;
  }
}

class Parser {
  private readonly reader: TokenReader;
  private readonly columns: string[];
  private depth = 0;

  constructor(reader: TokenReader, columns: string[]) {
    this.reader = reader;
    this.columns = columns;
  }

  parse(): RowFilter {
    const filter = this.or();
    return this.reader.isAtEnd ? filter : this.reader.refuse();
  }

  private or(): RowFilter {
    const parts = [this.and()];
    while (this.reader.takeWord('OR')) parts.push(this.and());
    return parts.length === 1 ? parts[0]! : { or: parts };
  }

  private and(): RowFilter {
    const parts = [this.not()];
    while (this.reader.takeWord('AND')) parts.push(this.not());
    return parts.length === 1 ? parts[0]! : { and: parts };
  }

  private not(): RowFilter {
    if (this.reader.takeWord('NOT')) return { not: this.within(() => this.not()) };
    if (!this.reader.takeSign('(')) return this.predicate();
    const inner = this.within(() => this.or());
    this.reader.needSign(')');
    return inner;
  }

  private predicate(): RowFilter {
    if (!this.isColumnNext()) {
      const value = this.value();
      const is = this.takeComparison() ?? this.reader.refuse();
      return { column: this.column(), is: TURNED[is], value };
    }
    const column = this.column();
    const is = this.takeComparison();
    if (is !== undefined) {
      if (this.isColumnNext()) throw new NotUnderstood('compares two columns');
      return { column, is, value: this.value() };
    }
    if (this.reader.takeWord('IS')) {
      const isNull = !this.reader.takeWord('NOT');
      this.reader.needWord('NULL');
      return { column, isNull };
    }
    if (this.reader.takeWord('NOT')) return { not: this.range(column) ?? this.reader.refuse() };
    // A column alone is a condition where it is boolean.
    return this.range(column) ?? { column, is: '=', value: { truth: true } };
  }

  private range(column: string): RowFilter | undefined {
    if (this.reader.takeWord('IN')) {
      this.reader.needSign('(');
      const values = [this.value()];
      while (this.reader.takeSign(',')) values.push(this.value());
      this.reader.needSign(')');
      return { column, in: values };
    }
    if (!this.reader.takeWord('BETWEEN')) return undefined;
    const least: RowFilter = { column, is: '>=', value: this.value() };
    this.reader.needWord('AND');
    return { and: [least, { column, is: '<=', value: this.value() }] };
  }

  private takeComparison(): Comparison | undefined {
    const { next } = this.reader;
    const is = next?.kind === 'sign' ? COMPARISONS[next.sign] : undefined;
    if (is !== undefined) this.reader.pass();
    return is;
  }

  private value(): FilterValue {
    if (this.reader.takeWord('TRUE')) return { truth: true };
    if (this.reader.takeWord('FALSE')) return { truth: false };
    const sign = this.reader.takeSign('-') ? '-' : '';
    const { next } = this.reader;
    if (next?.kind === 'number') {
      this.reader.pass();
      return { number: sign + next.number };
    }
    if (next?.kind !== 'text' || sign !== '') this.reader.refuse();
    this.reader.pass();
    return { text: next.text };
  }

  /** A word before parentheses is a function, and before a text the type of a literal: DATE '2024-01-01'. */
  private isColumnNext(): boolean {
    const { next } = this.reader;
    if (next?.kind === 'name') return true;
    if (next?.kind !== 'word' || KEYWORDS.has(next.word.toUpperCase())) return false;
    return !this.reader.isBefore({ sign: '(' }) && !this.reader.isBefore({ kind: 'text' });
  }

  private column(): string {
    const { next } = this.reader;
    if (!next || !this.isColumnNext()) this.reader.refuse();
    const asked = next.kind === 'name' ? next.name : next.kind === 'word' ? next.word : this.reader.refuse();
    if (!this.columns.includes(asked)) throw new NotUnderstood(`says ${asked}, which is no column of the table`);
    this.reader.pass();
    return asked;
  }

  private within(read: () => RowFilter): RowFilter {
    this.depth += 1;
    if (this.depth > DEEPEST) throw new NotUnderstood(`is nested more than ${DEEPEST} deep`);
    const filter = read();
    this.depth -= 1;
    return filter;
  }
}
