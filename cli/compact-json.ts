const WIDTH = 110;

/** JSON for people, as lines: what fits a line stands on one. */
export function compactJson(value: unknown, indent = ''): string[] {
  const oneLine = `${indent}${spaced(value)}`;
  if (typeof value !== 'object' || value === null || oneLine.length <= WIDTH) return [oneLine];
  const isArray = Array.isArray(value);
  const parts = Object.entries(value).map(([name, part]) => {
    const [first = '', ...rest] = compactJson(part, `${indent}  `);
    return [isArray ? first : `${indent}  ${JSON.stringify(name)}: ${first.trimStart()}`, ...rest];
  });
  const lines = parts.flatMap((part, index) =>
    index === parts.length - 1 ? part : [...part.slice(0, -1), `${part.at(-1)},`],
  );
  return [`${indent}${isArray ? '[' : '{'}`, ...lines, `${indent}${isArray ? ']' : '}'}`];
}

function spaced(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(spaced).join(', ')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).map(([name, part]) => `${JSON.stringify(name)}: ${spaced(part)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}
