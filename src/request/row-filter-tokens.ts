/** A part of a Spark SQL condition, as far as a RowFilter can hold it. */
type Token =
  | { kind: 'word'; word: string }
  | { kind: 'name'; name: string }
  | { kind: 'number'; number: string }
  | { kind: 'text'; text: string }
  | { kind: 'sign'; sign: string };

/** Why a condition is no RowFilter, in words that go on after "its filter". Never leaves parseRowFilter. */
export class NotUnderstood extends Error {}

const SPACE = /[ \t\r\n]+/y;
const WORD = /[A-Za-z_][A-Za-z0-9_]*/y;
/** What follows it at once would make something else of it: 1e3 is a double, 5L has a type, 1a is a column. */
const NUMBER = /(\d+(\.\d*)?|\.\d+)(?![A-Za-z0-9_.])/y;
const TEXT = /'([^'\\]*)'/y;
const QUOTED_NAME = /`((?:[^`]|``)+)`/y;
const SIGN = /<=>|==|<>|!=|<=|>=|\|\||[^A-Za-z0-9_]/y;

/**
 * Cuts a condition as Spark's own lexer does (SqlBaseLexer.g4), as far as that is certain.
 * @throws NotUnderstood
 */
function tokensOf(condition: string): Token[] {
  if (!condition.isWellFormed() || condition.includes('\0')) throw new NotUnderstood('holds a sign that is no text');
  const tokens: Token[] = [];
  let at = 0;
  const match = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const found = pattern.exec(condition);
    at += found?.[0].length ?? 0;
    return found;
  };
  while (at < condition.length) {
    if (match(SPACE)) continue;
    tokens.push(readToken(match, condition.slice(at, at + 20)));
  }
  return tokens;
}

function readToken(match: (pattern: RegExp) => RegExpExecArray | null, rest: string): Token {
  const word = match(WORD)?.[0];
  if (word !== undefined) return { kind: 'word', word };
  const name = match(QUOTED_NAME)?.[1];
  if (name !== undefined) return { kind: 'name', name: name.replaceAll('``', '`') };
  const number = match(NUMBER)?.[0];
  if (number !== undefined) return { kind: 'number', number };
  const text = match(TEXT)?.[1];
  if (text !== undefined) return { kind: 'text', text };
  if (rest.startsWith("'")) throw new NotUnderstood('has a text with a backslash, or without an end');
  if (rest.startsWith('"')) throw new NotUnderstood('has a text in double quotes');
  if (/^\.?\d/.test(rest)) throw new NotUnderstood(`has a number with an exponent or a suffix, ${rest.split(/\s/)[0]}`);
  const sign = match(SIGN)?.[0];
  if (sign === undefined) throw new NotUnderstood('cannot be read');
  return { kind: 'sign', sign };
}

/** Where the reading of a condition stands. */
export class TokenReader {
  private readonly tokens: Token[];
  private at = 0;

  /** @throws NotUnderstood */
  constructor(condition: string) {
    this.tokens = tokensOf(condition);
  }

  get next(): Token | undefined {
    return this.tokens[this.at];
  }

  get isAtEnd(): boolean {
    return this.at >= this.tokens.length;
  }

  /** Whether the next token stands directly before one of that kind, or before that sign. */
  isBefore(what: { kind: Token['kind'] } | { sign: string }): boolean {
    const token = this.tokens[this.at + 1];
    return 'sign' in what ? token?.kind === 'sign' && token.sign === what.sign : token?.kind === what.kind;
  }

  isWord(keyword: string): boolean {
    return this.next?.kind === 'word' && this.next.word.toUpperCase() === keyword;
  }

  isSign(sign: string): boolean {
    return this.next?.kind === 'sign' && this.next.sign === sign;
  }

  /** @returns whether it was there, and was passed */
  takeWord(keyword: string): boolean {
    return this.passIf(this.isWord(keyword));
  }

  takeSign(sign: string): boolean {
    return this.passIf(this.isSign(sign));
  }

  needWord(keyword: string): void {
    if (!this.takeWord(keyword)) this.refuse();
  }

  needSign(sign: string): void {
    if (!this.takeSign(sign)) this.refuse();
  }

  pass(): void {
    this.at += 1;
  }

  /** @throws NotUnderstood naming what stands here */
  refuse(): never {
    const token = this.next;
    switch (token?.kind) {
      case undefined:
        throw new NotUnderstood('ends too early');
      case 'word':
        throw new NotUnderstood(`uses ${token.word}${this.isBefore({ sign: '(' }) ? '(…)' : ''}`);
      case 'sign':
        throw new NotUnderstood(`uses ${token.sign}`);
      case 'name':
        throw new NotUnderstood(`has \`${token.name}\` where nothing of the kind is understood`);
      case 'number':
      case 'text':
        throw new NotUnderstood(`has a ${token.kind} where none is understood`);
    }
  }

  private passIf(isThere: boolean): boolean {
    if (isThere) this.pass();
    return isThere;
  }
}
