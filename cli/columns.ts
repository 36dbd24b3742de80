/** One column of a table of text. Figures stand on the right. */
export interface Column {
  heading: string;
  align?: 'left' | 'right';
}

/** The rows under their headings in aligned columns, as lines without trailing spaces. */
export function alignColumns(columns: Column[], rows: string[][]): string[] {
  const lines = [columns.map(({ heading }) => heading), ...rows];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => (line[index] ?? '').length)));
  return lines.map((line) =>
    columns
      .map(({ align }, index) => {
        const cell = line[index] ?? '';
        const padding = ' '.repeat(widths[index]! - cell.length);
        return align === 'right' ? padding + cell : cell + padding;
      })
      .join('  ')
      .trimEnd(),
  );
}
