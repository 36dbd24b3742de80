/** What the values of reg… types name besides the system's own objects. */
export const OBJECTS_THAT_VALUES_NAME = `
  create schema "My Schema";
  create table "My Schema"."a ""quoted"" table" (id int);
  create function "My Schema".twice(int) returns int language sql as 'select $1 * 2';
  create operator "My Schema".<%> (function = int4pl, leftarg = int, rightarg = int);
  create collation "My Schema".plain (locale = 'C');
  create text search dictionary "My Schema".words (template = simple);
  create text search configuration "My Schema".config (copy = simple);
  create type "My Schema".kind as enum ('one');`;

const FLOATS = ['0', '-0', 'NaN', 'Infinity', '-Infinity', '1', '-1.5', '0.1'];
const MOMENTS = ['infinity', '-infinity', '2000-01-01 00:00:00', '1999-12-31 23:59:59.999999', '4713-01-01 00:00:00 BC', '294276-12-31 23:59:59.999999'];
const RANGES = ['empty', '(,)'];
const MULTIRANGES = ['{}', '{(,)}'];

/** Values of every base type, range and multirange of pg_catalog that others lose, round or mistake, as text. */
export const awkwardValues: Record<string, string[]> = {
  bool: ['t', 'f'],
  bytea: ['\\x', '\\x00', '\\x5c2e0a5c4e', '\\xdeadbeef00ff', `\\x${'00ff'.repeat(3_000)}`],
  char: ['', 'a', ' ', '\\', '\n', "'", '\\200', '\\377'],
  name: ['', 'plain', 'With "quotes"', 'x'.repeat(63), 'é'.repeat(31)],
  int2: ['0', '-1', '-32768', '32767'],
  int4: ['0', '-1', '-2147483648', '2147483647'],
  int8: ['0', '-1', '-9223372036854775808', '9223372036854775807'],
  int2vector: ['', '1', '1 -2 3'],
  oidvector: ['', '1', '1 4294967295 3'],
  text: ['', ' ', 'NULL', '\\N', '\\.', '\n', 'a\tb\r\n\\', 'ünïcödé \u{1F600}', "'", '"', 'x'.repeat(10_000)],
  bpchar: ['', ' ', 'a   ', 'NULL', '\\N'],
  varchar: ['', ' ', 'a   ', 'NULL', '\\N', '\\.'],
  oid: ['0', '1', '4294967295'],
  tid: ['(0,0)', '(0,1)', '(4294967295,65535)'],
  xid: ['0', '3', '4294967295'],
  xid8: ['0', '3', '18446744073709551615'],
  cid: ['0', '4294967295'],
  json: ['null', ' { "b" : 1, "a":2, "a" : 3.10 } ', '"\\u0041\\n"', '[]', '1E400', '-0'],
  jsonb: ['null', '{"b": 1, "a": [1.10, 1E-10, "x"]}', '"é\\n"', '[]', '-0', '123456789012345678901234567890.0000'],
  jsonpath: ['$', 'strict $."a b"[*] ? (@ > 1.10)', 'lax $.a'],
  xml: ['', 'text', '<a/>', '<?xml version="1.0"?><a>é&amp;</a>', '<!DOCTYPE a><a/>', '<a/><b/>', ' \n<a>\t</a>'],
  point: ['(0,-0)', '(NaN,Infinity)', '(0.1,-1e300)'],
  line: ['{1,-1,0}', '{0.1,0.2,0.3}'],
  lseg: ['[(0,-0),(1,1)]', '[(NaN,0),(0,-Infinity)]'],
  path: ['[(0,0)]', '((0,-0),(1,1))', '[(0.1,0.2),(3,4),(5,6)]'],
  box: ['(1,1),(0,0)', '(0,-0),(-0,-1)'],
  polygon: ['((0,0))', '((0,-0),(1,1),(0.1,5e-324))'],
  circle: ['<(0,-0),0>', '<(0.1,0.2),Infinity>'],
  cidr: ['10.0.0.0/8', '0.0.0.0/0', '2001:db8::/32', '::/128', '192.168.1.1/32'],
  inet: ['10.1.2.3/8', '10.1.2.3', '::1', '::ffff:1.2.3.4/120', '0.0.0.0/0'],
  macaddr: ['00:00:00:00:00:00', 'ff:ff:ff:ff:ff:ff'],
  macaddr8: ['00:00:00:00:00:00:00:00', '08:00:2b:01:02:03:04:05'],
  float4: [...FLOATS, '1e-45', '3.4028235e+38', '1.1754944e-38', '16777217'],
  float8: [...FLOATS, '5e-324', '1.7976931348623157e+308', '0.30000000000000004', '9007199254740993'],
  numeric: [
    '0', '0.000', '1.10', '1.1000', '-0.00', 'NaN', 'Infinity', '-Infinity', '1e-16383', '1e131071', `${'9'.repeat(60)}.${'0'.repeat(40)}`,
    `0.${'0'.repeat(100)}1`, '10000', '100000000', '-9999.99990',
  ],
  money: ['0', '-0.01', '92233720368547758.07', '-92233720368547758.08'],
  aclitem: ['=r/postgres', 'postgres=arwdDxt*/postgres'],
  date: ['infinity', '-infinity', '2000-01-01', '1999-12-31', '4713-01-01 BC', '5874897-12-31', '0001-01-01', '0001-12-31 BC'],
  time: ['00:00:00', '24:00:00', '23:59:59.999999', '12:00:00.000001'],
  timetz: ['00:00:00+00', '24:00:00-15:59:59', '23:59:59.999999+15:59:59', '12:00:00+05:30', '12:00:00-00:00:01'],
  timestamp: MOMENTS,
  timestamptz: [...MOMENTS, '2024-03-31 02:30:00+01', '2024-03-31 02:30:00.000001 Asia/Kathmandu'],
  interval: [
    '0', '1 mon', '30 days', '720:00:00', '-1 mon +1 day -00:00:00.000001', 'infinity', '-infinity', '178000000 years', '1 year 2 mons 3 days 04:05:06.789',
  ],
  bit: ['0', '1'],
  varbit: ['', '0', '101', '1'.repeat(65)],
  refcursor: ['', 'a cursor'],
  uuid: ['00000000-0000-0000-0000-000000000000', 'ffffffff-ffff-ffff-ffff-ffffffffffff', '018f0d6e-7b1a-7c3d-9e4f-0123456789ab'],
  pg_lsn: ['0/0', 'FFFFFFFF/FFFFFFFF', '16/B374D848'],
  tsvector: ['', 'a', "'a b':1A,2B 'it''s':3", "'\\\\':16383"],
  tsquery: ['', 'a', "'a b' & !c:*A | 'it''s'", 'a <3> b'],
  txid_snapshot: ['10:10:', '10:20:10,14,15'],
  pg_snapshot: ['10:10:', '10:20:10,14,15'],
  regclass: ['-', 'pg_class', '"My Schema"."a ""quoted"" table"'],
  regtype: ['-', 'integer', 'character varying[]', '"My Schema".kind', '"My Schema".kind[]'],
  regproc: ['-', 'pg_catalog.now', '"My Schema".twice'],
  regprocedure: ['-', 'abs(integer)', '"My Schema".twice(integer)'],
  regoper: ['0', '"My Schema".<%>'],
  regoperator: ['0', '+(integer,integer)', '"My Schema".<%>(integer,integer)'],
  regconfig: ['-', 'simple', '"My Schema".config'],
  regdictionary: ['-', 'simple', '"My Schema".words'],
  regcollation: ['-', '"C"', '"My Schema".plain'],
  regnamespace: ['-', 'pg_catalog', '"My Schema"'],
  regrole: ['-', 'postgres', 'pg_monitor'],
  int4range: [...RANGES, '[1,2147483647)', '[-2147483648,-1]', '(,0)'],
  int8range: [...RANGES, '[1,9223372036854775807)', '[-9223372036854775808,0]'],
  numrange: [...RANGES, '[1.10,1.100]', '(-Infinity,NaN)', '[0.00,)'],
  daterange: [...RANGES, '[2000-01-01,infinity)', '(-infinity,2000-01-01]'],
  tsrange: [...RANGES, '["2000-01-01 00:00:00",infinity]', '(,"1999-12-31 23:59:59.999999")'],
  tstzrange: [...RANGES, '["2000-01-01 00:00:00+05:30",)', '[-infinity,infinity]'],
  int4multirange: [...MULTIRANGES, '{[1,2),[5,6)}'],
  int8multirange: [...MULTIRANGES, '{(,-9223372036854775807),[5,)}'],
  nummultirange: [...MULTIRANGES, '{[1.10,1.1000],(2.0,3.00)}'],
  datemultirange: [...MULTIRANGES, '{[2000-01-01,2000-01-02),[2001-01-01,infinity)}'],
  tsmultirange: [...MULTIRANGES, '{["2000-01-01 00:00:00","2000-01-01 00:00:00.000001")}'],
  tstzmultirange: [...MULTIRANGES, '{["2000-01-01 00:00:00+00",infinity]}'],
};
