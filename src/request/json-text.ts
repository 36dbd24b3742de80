import { RequestError } from '../errors.ts';

/** Deeper than any request; a limit keeps a hostile text from exhausting the stack. */
const DEEPEST = 64;
const SPACE = /[ \t\n\r]*/y;
const LITERAL = /true|false|null|-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
// Control characters may not stand unescaped in a JSON string (RFC 8259, section 7).
// eslint-disable-next-line no-control-regex
const STRING = /"(?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;

/**
 * Reads JSON as JSON.parse does, with an error that says where it ends to be JSON and repeats nothing of the text (it may
 * hold what should not be in it). A field that stands twice in one object is an error too: JSON.parse would silently
 * take the last one.
 * @throws RequestError
 */
export function parseJsonText(text: string): unknown {
  const content = text.replace(/^\uFEFF/, '');
  new Scanner(content).document();
  return JSON.parse(content);
}

class Scanner {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): void {
    this.#value();
    if (this.#at < this.#text.length) this.#fail('the JSON ends here, but the text goes on', 'Remove what follows');
  }

  #value(): void {
    this.#skip(SPACE);
    const sign = this.#text[this.#at];
    if (sign === '{') this.#list('}', () => this.#member(new Set()), 'object');
    else if (sign === '[') this.#list(']', () => () => this.#value(), 'array');
    else if (sign === '"') this.#string();
    else if (!this.#skip(LITERAL)) {
      this.#fail('a value is expected here', 'Write strings and field names in double quotes, without comments');
    }
    this.#skip(SPACE);
  }

  /** Items between brackets, separated by commas; `begin` gives what reads one item of this list. */
  #list(end: string, begin: () => () => void, kind: string): void {
    const item = begin();
    if (this.#depth === DEEPEST) this.#fail('it is nested too deep here', 'A request needs no such depth');
    this.#depth += 1;
    this.#items(end, item, kind);
    this.#depth -= 1;
  }

  #items(end: string, item: () => void, kind: string): void {
    this.#at += 1;
    this.#skip(SPACE);
    if (this.#take(end)) return;
    do {
      this.#skip(SPACE);
      if (this.#text[this.#at] === end) this.#fail(`the ${kind} ends after a comma`, 'Remove the comma before it');
      item();
      this.#skip(SPACE);
    } while (this.#take(','));
    if (!this.#take(end)) this.#fail(`"," or "${end}" is expected here`, `Check the ${kind} that this stands in`);
  }

  #member(names: Set<string>): () => void {
    return () => {
      const start = this.#at;
      if (this.#text[start] !== '"')
        this.#fail('a field name in double quotes is expected here', 'Put the name in double quotes');
      const name = this.#string();
      if (names.has(name)) {
        this.#at = start;
        this.#fail('the field stands here a second time', 'Keep one of the two');
      }
      names.add(name);
      this.#skip(SPACE);
      if (!this.#take(':')) this.#fail('":" is expected here', 'Write "name": value');
      this.#value();
    };
  }

  #string(): string {
    const start = this.#at;
    if (!this.#skip(STRING))
      this.#fail('the string that begins here is not ended or holds a wrong sign', 'Check its quotes and backslashes');
    return JSON.parse(this.#text.slice(start, this.#at)) as string;
  }

  #take(sign: string): boolean {
    if (this.#text[this.#at] !== sign) return false;
    this.#at += 1;
    return true;
  }

  #skip(pattern: RegExp): boolean {
    pattern.lastIndex = this.#at;
    const found = pattern.test(this.#text);
    if (found) this.#at = pattern.lastIndex;
    return found;
  }

  #fail(wrong: string, advice: string): never {
    const lines = this.#text.slice(0, this.#at).split('\n');
    const place = `line ${lines.length}, column ${lines[lines.length - 1]!.length + 1}`;
    const ended = this.#at >= this.#text.length;
    throw new RequestError({
      field: 'request',
      wrong: `it is not JSON: at ${place}, ${ended ? 'where the text ends, ' : ''}${wrong}`,
      advice,
    });
  }
}
