/**
 * Every type whose form in Debezium's envelopes is written here, with values that others lose or mistake. Left out is what
 * Debezium itself makes something else of: dates BC, and timestamps beyond what 64 bits of microseconds hold.
 */
export const EVERY_TYPE = String.raw`
  create schema hr;
  create extension citext; create extension ltree;
  create type hr.mood as enum ('sad', 'it''s "fine"');
  create domain hr.positive as int check (value > 0);
  create table hr.types (
    id bigint primary key, s smallint, i int, b boolean, r real, d double precision, o oid, positive hr.positive,
    n numeric, n10 numeric(10, 2), n5 numeric(5, 0), n18 numeric(18, 9), n19 numeric(19, 4), n60 numeric(60, 10), m money,
    t text, v varchar(10), c char(5), ch "char", nm name, ci citext, lt ltree, u uuid, e hr.mood, bytes bytea, b1 bit,
    j json, jb jsonb, x xml, ip inet, net cidr, mac macaddr, mac8 macaddr8, words tsvector,
    ir int4range, i8r int8range, nr numrange, dr daterange, tr tsrange, zr tstzrange,
    dt date, t0 time(0), t3 time(3), tm time, tz0 timetz, ts timestamp, ts0 timestamp(0), ts3 timestamp(3),
    z timestamptz, z0 timestamptz(0), z1 timestamptz(1), z3 timestamptz(3), iv interval,
    ia int[], sa smallint[], b8a bigint[], ba boolean[], ra real[], fa double precision[], ta text[], va varchar(4)[], ca char(3)[],
    ua uuid[], ea hr.mood[], ipa inet[], na numeric[], n10a numeric(10, 2)[], da date[], tma time[], tsa timestamp[], za timestamptz[],
    ja json[], jba jsonb[], bya bytea[], g int generated always as (i * 2) stored);
  insert into hr.types (id) values (-9223372036854775808);
  insert into hr.types values (1, 1, 2, true, 1.1, 2.2, 4294967295, 7,
    123.450, 1.50, 12, 1.5, 922337203685477.5807, 12345678901234567890.5, 3.14,
    'text "q" \ / é 🐘 ' || chr(8232) || chr(127) || chr(1), 'v', 'c', 'x', 'nm', 'CiTeXt', 'a.b.c', 'ffffffff-ffff-ffff-ffff-ffffffffffff',
    'it''s "fine"', '\xdeadbeef00ff' || decode(repeat('00ff', 60), 'hex'), '1',
    '{ "a" : 1.0}', '{"a": [1.10, "x"]}', '<a/>', '10.1.2.3/8', '10.0.0.0/8', '08:00:2b:01:02:03', '08:00:2b:01:02:03:04:05', '''a'':1A',
    '[1,5)', '[1,2]', '[1.10,2]', '[2000-01-01,2000-01-03)', '[2000-01-01,2000-01-02)', '["2000-01-01 00:00:00+05:30",)',
    '2024-02-29', '12:34:56', '12:34:56.789', '12:34:56.789123', '12:34:56.7+02', '2024-02-29 12:34:56.789123', '2024-02-29 12:34:56', '2024-02-29 12:34:56.789',
    '2024-02-29 12:34:56.789123+02', '2024-02-29 12:34:56+02', '2024-02-29 12:34:56.5+02', '2024-02-29 12:34:56.78+02', '1 year 2 mons 3 days 04:05:06.789',
    '{1,NULL,3}', '{1}', '{1}', '{t,f,NULL}', '{1.1,NaN}', '{2.2}', '{a,NULL,"b c"}', '{ab}', '{abc}',
    '{ffffffff-ffff-ffff-ffff-ffffffffffff}', '{sad}', '{10.0.0.1}', '{1.10,2,NULL}', '{1.5,-2}', '{2024-02-29}', '{12:34:56}', '{"2024-02-29 12:34:56.789123"}', '{"2024-02-29 12:34:56.789123+02"}',
    array['{"a": 1}'::json], array['{"a": 1}'::jsonb], array['\xdead'::bytea]);
  insert into hr.types (id, r, d, n, n10, n5, n18, n19, n60, m, t, bytes, b1, j, jb, dt, t0, t3, tm, tz0, ts, ts3, z, z3, iv, ia, na, za, ip) values
    (2, 'NaN', 'NaN', 0, -0.01, -128, -0.000000001, -922337203685477.5808, -0.0000000001, -0.01, '', '', '0', 'null', '"x"',
     '0001-01-01', '24:00:00', '23:59:59.999', '24:00:00', '24:00:00-15:59', '1999-12-31 23:59:59.999999', '1960-01-01 00:00:00.001', '1969-12-31 23:59:59.999999+00', '2024-01-01 00:00:00+00',
     '-1 mon +1 day', '{}', '{}', '{}', '10.0.0.1'),
    (3, 'Infinity', '-Infinity', 1e20, 99999999.99, 99999, 999999999.999999999, 999999999999999.9999, ('-' || repeat('9', 50) || '.' || repeat('9', 10))::numeric, 92233720368547758.07,
     'x', '\x00', null, '[]', '-0', '9999-12-31', '00:00', '00:00', '00:00:00.000001', '12:00+00', 'infinity', 'infinity', 'infinity', 'infinity', '178 years', null, null, '{infinity}', '::1'),
    (4, 1e20, 1e-10, 1e-10, 1.27, 127, 0, 0, 1e49, 0, 'NULL', '\xff', null, '1', '1', '10000-01-01', null, null, '00:00', null, '10000-01-01', null, '10000-01-01 00:00+00', null, '00:00:00.000001', null, null, null, null),
    (5, -0.0::real, '-0'::float8, -12345678901234567890123.500, 1.28, 128, null, 32768, 0, null, null, null, null, '1', '1', '1970-01-01', null, null, null, null, '-infinity', '-infinity', '-infinity', null, '-04:05:06.7', null, null, null, null),
    (6, 12345678, 9007199254740993, 1000, -1.28, -129, null, -32769, -1e49, null, null, null, null, '1', '1', null, null, null, null, null, '4713-01-01 BC', '0001-12-31 BC', '4713-01-01 00:00:00+00 BC', '0001-01-01 00:00+00 BC', null, null, null, null, null),
    (7, 1e-5, 1.7976931348623157e308, 0.00, -1.29, -32768, null, null, -128, null, null, null, null, '1', '1', null, null, null, null, null, '1969-12-31 23:59:59.999999', '1969-12-31 23:59:59.999', null, null, null, null, null, null, null),
    (8, 0, 0, 255, 655.35, 32767, null, null, 255, null, null, null, null, '1', '1', null, null, null, null, null, null, null, null, null, null, null, null, null, null),
    (9223372036854775807, 1, 1, 1.5, 1.50, 12, 1.5, 1.5, 1.5, 1.5, 'last', '\xfffefd00ff00112233445566778899', '1', '1', '1', '2024-02-29', '12:34:56', '12:34:56.789', '12:34:56.789123', '12:34:56.7+02',
     '2024-02-29 12:34:56.789123', '2024-02-29 12:34:56.789', '2024-02-29 12:34:56.789123+02', '2024-02-29 12:34:56.78+02', '1 day', '{1}', '{1.5}', '{"2024-02-29 12:34:56+02"}', '10.0.0.1');`;

/** Keys of more than one column and of signs that are written in two ways, a table without a key, with one row, with none. */
export const OTHER_TABLES = String.raw`
  create table hr.keys (n int, t text, z timestamptz, note text default 'x', primary key (t, n, z));
  insert into hr.keys values (1, 'plain', 'epoch'), (2, 'q"\/é🐘𝄞' || chr(1) || chr(31) || chr(8) || chr(10) || chr(127) || chr(8232), '2024-02-29 12:34:56.5+02'), (-3, '\u001f', 'epoch'), (4, '', 'epoch');
  create table hr.empty (id int primary key);
  create table hr.keyless (x int);
  insert into hr.keyless values (1), (1), (2);
  create table hr.one (id int primary key, t text);
  insert into hr.one values (1, 'a');`;
