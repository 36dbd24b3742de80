/** An element around text, which is escaped. */
export function element(name: string, text: string | number | boolean): string {
  return `<${name}>${String(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')}</${name}>`;
}

/** The texts of all elements of that name. */
export function textsOf(name: string, xml: string): string[] {
  const found = [...xml.matchAll(new RegExp(`<${name}>([^<]*)</${name}>`, 'g'))];
  return found.map(([, text = '']) =>
    text.replaceAll(/&(#x?[0-9a-f]+|\w+);/gi, (_, entity: string) => unescape(entity)),
  );
}

const ENTITIES: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

function unescape(entity: string): string {
  if (!entity.startsWith('#')) return ENTITIES[entity] ?? '';
  const isHex = entity[1]?.toLowerCase() === 'x';
  return String.fromCodePoint(isHex ? Number.parseInt(entity.slice(2), 16) : Number(entity.slice(1)));
}
