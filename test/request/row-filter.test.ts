import { describe, expect, test } from '@jest/globals';
import { parseRowFilter } from '../../src/request/parse-row-filter.ts';

const COLUMNS = ['id', 'name', 'active', 'Pay', 'born', 'a b', 'like', 'select', 'back`tick', 'twice', 'Twice', 'or'];

function read(condition: string) {
  const parsed = parseRowFilter(condition, COLUMNS);
  if ('why' in parsed) throw new Error(`not understood: it ${parsed.why}`);
  return parsed.filter;
}

function why(condition: string): string | undefined {
  const parsed = parseRowFilter(condition, COLUMNS);
  return 'why' in parsed ? parsed.why : undefined;
}

const id5 = { column: 'id', is: '=', value: { number: '5' } };
const idUnder9 = { column: 'id', is: '<', value: { number: '9' } };
const active = { column: 'active', is: '=', value: { truth: true } };

describe('what a filter may say of one column', () => {
  test.each<[string, object]>([
    ['id = 5', id5],
    ['id == 5', id5],
    ['id=5', id5],
    ['  id\t=\r\n5  ', id5],
    ['id <> 5', { column: 'id', is: '<>', value: { number: '5' } }],
    ['id != 5', { column: 'id', is: '<>', value: { number: '5' } }],
    ['id<5', { column: 'id', is: '<', value: { number: '5' } }],
    ['id <= 5', { column: 'id', is: '<=', value: { number: '5' } }],
    ['id > 5', { column: 'id', is: '>', value: { number: '5' } }],
    ['id>=5', { column: 'id', is: '>=', value: { number: '5' } }],
    ['id > -5', { column: 'id', is: '>', value: { number: '-5' } }],
    ['id>-5', { column: 'id', is: '>', value: { number: '-5' } }],
    ['id > - 5', { column: 'id', is: '>', value: { number: '-5' } }],
    ['Pay >= 1.50', { column: 'Pay', is: '>=', value: { number: '1.50' } }],
    ['Pay >= .5', { column: 'Pay', is: '>=', value: { number: '.5' } }],
    ['Pay >= 5.', { column: 'Pay', is: '>=', value: { number: '5.' } }],
    ['Pay >= -0.10', { column: 'Pay', is: '>=', value: { number: '-0.10' } }],
    ['id = 123456789012345678901234567890', { ...id5, value: { number: '123456789012345678901234567890' } }],
    ["name = 'Ada'", { column: 'name', is: '=', value: { text: 'Ada' } }],
    ["name = ''", { column: 'name', is: '=', value: { text: '' } }],
    [
      `name = 'a "quoted" --  /* 😀 */ \n$1 \${env:HOME}'`,
      { column: 'name', is: '=', value: { text: 'a "quoted" --  /* 😀 */ \n$1 ${env:HOME}' } },
    ],
    ['active = true', active],
    ['active = FALSE', { column: 'active', is: '=', value: { truth: false } }],
    ['active', active],
    ['(active)', active],
    ['NOT active', { not: active }],
    ['id IS NULL', { column: 'id', isNull: true }],
    ['id is not null', { column: 'id', isNull: false }],
    ['id IN (5)', { column: 'id', in: [{ number: '5' }] }],
    ["name in('a' , 'b')", { column: 'name', in: [{ text: 'a' }, { text: 'b' }] }],
    ['id NOT IN (-5,6)', { not: { column: 'id', in: [{ number: '-5' }, { number: '6' }] } }],
  ])('%j', (condition, filter) => {
    expect(read(condition)).toEqual(filter);
  });

  test('a range has both its ends', () => {
    const range = {
      and: [
        { ...id5, is: '>=' },
        { column: 'id', is: '<=', value: { number: '9' } },
      ],
    };
    expect(read('id BETWEEN 5 AND 9')).toEqual(range);
    expect(read('id NOT BETWEEN 5 AND 9')).toEqual({ not: range });
    expect(read('id BETWEEN 5 AND 9 AND active')).toEqual({ and: [range, active] });
  });

  test.each([
    ['5 = id', 'id = 5'],
    ['5 <> id', 'id <> 5'],
    ['5 < id', 'id > 5'],
    ['5 <= id', 'id >= 5'],
    ['-5 > id', 'id < -5'],
    ["'a' >= name", "name <= 'a'"],
    ['true = active', 'active'],
  ])('a value may stand on the left: %s', (turned, plain) => {
    expect(read(turned)).toEqual(read(plain));
  });
});

describe('conditions together', () => {
  test.each<[string, object]>([
    ['id = 5 AND id < 9', { and: [id5, idUnder9] }],
    ['id = 5 or id < 9 OR active', { or: [id5, idUnder9, active] }],
    ['id = 5 OR id < 9 AND active', { or: [id5, { and: [idUnder9, active] }] }],
    ['id = 5 AND id < 9 OR active', { or: [{ and: [id5, idUnder9] }, active] }],
    ['(id = 5 OR id < 9) AND active', { and: [{ or: [id5, idUnder9] }, active] }],
    ['NOT id = 5 AND active', { and: [{ not: id5 }, active] }],
    ['NOT (id = 5 AND active)', { not: { and: [id5, active] } }],
    ['NOT NOT active', { not: { not: active } }],
    ['((id = 5))', id5],
    ['active AND(active)OR(active)', { or: [{ and: [active, active] }, active] }],
  ])('%s', (condition, filter) => {
    expect(read(condition)).toEqual(filter);
  });
});

describe('the name of a column', () => {
  test.each([
    ['id', 'id'],
    ['Pay', 'Pay'],
    ['`Pay`', 'Pay'],
    ['twice', 'twice'],
    ['Twice', 'Twice'],
    ['`a b`', 'a b'],
    ['`back``tick`', 'back`tick'],
    ['like', 'like'],
    ['`or`', 'or'],
  ])('%s is %s', (written, column) => {
    expect(read(`${written} IS NULL`)).toEqual({ column, isNull: true });
  });

  test.each([
    ['ID', 'says ID, which is no column of the table'],
    ['`pay`', 'says pay, which is no column of the table'],
    ['nobody', 'says nobody, which is no column of the table'],
    ['or', 'uses or'],
    ['"id"', 'has a text in double quotes'],
    ['e.id', 'says e, which is no column of the table'],
    ['id.x', 'uses .'],
    ['ïd', 'uses ï'],
  ])('%s is not certain to be one', (written, reason) => {
    expect(why(`${written} IS NULL`)).toBe(reason);
  });
});

describe('not understood, and why', () => {
  test.each([
    ["name LIKE 'a%'", 'uses LIKE'],
    ["name NOT LIKE 'a%'", 'uses LIKE'],
    ["name RLIKE 'a'", 'uses RLIKE'],
    ["upper(name) = 'A'", 'uses upper(…)'],
    ["upper (name) = 'A'", 'uses upper(…)'],
    ['id = abs(5)', 'uses abs(…)'],
    ['id in (select 5)', 'uses select'],
    ['exists (select 1)', 'uses exists(…)'],
    ['id + 1 = 5', 'uses +'],
    ['id = 5 + 1', 'uses +'],
    ['id % 2 = 0', 'uses %'],
    ['id = -(5)', 'uses ('],
    ['id = +5', 'uses +'],
    ['id = --5', 'uses -'],
    ['id = 5 -- and more', 'uses -'],
    ['id = 5 /* and more */', 'uses /'],
    ['id = 5;', 'uses ;'],
    ["name || 'a' = 'b'", 'uses ||'],
    ['id <=> 5', 'uses <=>'],
    ['! active', 'uses !'],
    ['active IS TRUE', 'uses TRUE'],
    ['active IS NOT DISTINCT FROM true', 'uses DISTINCT'],
    ['id = NULL', 'uses NULL'],
    ['id IN (1, NULL)', 'uses NULL'],
    ['NULL', 'uses NULL'],
    ['id = id', 'compares two columns'],
    ['id < `Pay`', 'compares two columns'],
    ['id = 5 = true', 'uses ='],
    ['id = 5 IS NULL', 'uses IS'],
    ['id < 5 BETWEEN 1 AND 2', 'uses BETWEEN'],
    ['(id) = 5', 'uses ='],
    ['(id, name) = (5, 6)', 'uses ,'],
    ['5', 'ends too early'],
    ['5 = 5', 'has a number where none is understood'],
    ['true', 'ends too early'],
    ['id = 1e3', 'has a number with an exponent or a suffix, 1e3'],
    ['id = 1.5E3', 'has a number with an exponent or a suffix, 1.5E3'],
    ['id = 5L', 'has a number with an exponent or a suffix, 5L'],
    ['id = 5BD', 'has a number with an exponent or a suffix, 5BD'],
    ['id = 1.2.3', 'has a number with an exponent or a suffix, 1.2.3'],
    ['id = 0x1F', 'has a number with an exponent or a suffix, 0x1F'],
    ['id = 1_000', 'has a number with an exponent or a suffix, 1_000'],
    ['id = 5 6', 'has a number where none is understood'],
    ["name = 'it''s'", 'has a text where none is understood'],
    ["name = 'a' 'b'", 'has a text where none is understood'],
    [String.raw`name = 'a\'b'`, 'has a text with a backslash, or without an end'],
    [String.raw`name = 'a\\'`, 'has a text with a backslash, or without an end'],
    ["name = 'a", 'has a text with a backslash, or without an end'],
    ['name = "a"', 'has a text in double quotes'],
    ["name = r'a'", 'uses r'],
    ["name = X'1F'", 'uses X'],
    ["born >= DATE '2024-01-01'", 'uses DATE'],
    ["born >= date'2024-01-01'", 'uses date'],
    ['id = ${env:HOME}', 'uses $'],
    ["name = '\ud800'", 'holds a sign that is no text'],
    ["name = 'a\0'", 'holds a sign that is no text'],
    ['id = 5 AND', 'ends too early'],
    ['AND id = 5', 'uses AND'],
    ['(id = 5', 'ends too early'],
    ['id = 5)', 'uses )'],
    ['id IN ()', 'uses )'],
    ['id IN 5', 'has a number where none is understood'],
    ['id IN (5', 'ends too early'],
    ['id BETWEEN 5', 'ends too early'],
    ['id BETWEEN 5 OR 6', 'uses OR'],
    ['id NOT 5', 'has a number where none is understood'],
    ['id = = 5', 'uses ='],
    ['`id', 'uses `'],
    ['``', 'uses `'],
    ['', 'ends too early'],
    ['   ', 'ends too early'],
    ['id\u00a0= 5', 'uses \u00a0'],
    ['id = :x', 'uses :'],
    ['id = ?', 'uses ?'],
    ['case when id = 5 then true end', 'says case, which is no column of the table'],
  ])('%j', (condition, reason) => {
    expect(why(condition)).toBe(reason);
  });

  test.each([
    ['parentheses', `${'('.repeat(51)}active${')'.repeat(51)}`],
    ['NOT', `${'NOT '.repeat(51)}active`],
    ['what only begins', '('.repeat(100_000)],
  ])('too deep: %s', (_what, condition) => {
    expect(why(condition)).toBe('is nested more than 50 deep');
  });

  test('a long chain is no deep one', () => {
    expect(read(Array.from({ length: 5_000 }, () => 'active').join(' AND '))).toEqual({
      and: Array.from({ length: 5_000 }, () => active),
    });
  });
});
