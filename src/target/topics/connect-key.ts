const BACKSLASH = 0x5c;
/** Of a character beyond the basic plane, in UTF-8. */
const FIRST_OF_FOUR_BYTES = 0xf0;

/**
 * A key as Connect's JsonConverter writes it, which is not always as PostgreSQL does: characters beyond the basic plane are
 * two escapes, and the digits of escapes are capitals (Jackson, UTF8JsonGenerator). A key of other bytes would land in another
 * partition, and be another key to compaction.
 */
export function keyAsConnectWrites(key: Buffer): Buffer {
  if (isWrittenOneWay(key)) return key;
  const written = key
    .toString()
    .replaceAll(/\\(?:u([0-9a-f]{4})|.)|[\u{10000}-\u{10FFFF}]/gsu, (found, digits?: string) => {
      if (digits !== undefined) return `\\u${digits.toUpperCase()}`;
      return found.startsWith('\\') ? found : escapesOf(found);
    });
  return Buffer.from(written);
}

/** Asked of every row: a loop, since a function for each byte would take longer than all else. */
function isWrittenOneWay(key: Buffer): boolean {
  for (const byte of key) if (byte === BACKSLASH || byte >= FIRST_OF_FOUR_BYTES) return false;
  return true;
}

function escapesOf(character: string): string {
  return Array.from({ length: character.length }, (_, index) => {
    const unit = character.charCodeAt(index).toString(16).toUpperCase();
    return `\\u${unit.padStart(4, '0')}`;
  }).join('');
}
