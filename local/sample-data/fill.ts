import type { ClientBase } from 'pg';
import { FIRST_NAMES, LAST_NAMES, type Spelling } from './names.ts';

const DEPARTMENTS = [
  'Accounting',
  'Développement',
  'Einkauf für Übersee',
  'Logística',
  'Människor',
  'Sprzedaż',
  '営業部',
  'Legal',
];
const TITLES = ['Engineer', 'Ingénieur', 'Büroleitung', 'Księgowa', '課長', 'Técnico'];
const CURRENCIES = ['EUR', 'PLN', 'JPY', 'USD'];
const SALARIES_PER_EMPLOYEE = 3;

/**
 * One prime for each column that varies, so that columns don't move in step. The server computes the rows by integer
 * arithmetic on the key alone: the same rows on every machine, with nothing to send.
 */
const PRIMES = {
  firstName: 2_654_435_761,
  lastName: 2_246_822_519,
  hiredOn: 3_266_489_917,
  rate: 668_265_263,
  updatedAt: 374_761_393,
  department: 1_540_483_477,
  since: 3_432_918_353,
  title: 461_845_907,
  amount: 2_869_860_233,
  recordedAt: 3_624_381_081,
} as const;

/** SQL for a whole number from 0 to count − 1 that follows from the key: the high bits of its product with a prime. */
function pick(column: keyof typeof PRIMES, count: number, key = 'i'): string {
  return `((${key}::bigint * ${PRIMES[column]} % 4294967296 * ${count}) >> 32)::int`;
}

/** SQL for one of the texts. */
function oneOf(texts: readonly string[], index: string): string {
  return `(array[${texts.map((text) => `'${text.replaceAll("'", "''")}'`).join(',')}])[1 + ${index}]`;
}

const written = (names: readonly Spelling[]) => names.map(([name]) => name);
const spelled = (names: readonly Spelling[]) => names.map(([, address]) => address);

/** Fills `hr.employees` alone with employees 1 to count. */
export async function fillEmployees(client: ClientBase, count: number): Promise<void> {
  const first = pick('firstName', FIRST_NAMES.length);
  const last = pick('lastName', LAST_NAMES.length);
  await client.query(`
    insert into hr.employees
    select i,
           ${oneOf(written(FIRST_NAMES), first)},
           ${oneOf(written(LAST_NAMES), last)},
           ${oneOf(spelled(FIRST_NAMES), first)} || '.' || ${oneOf(spelled(LAST_NAMES), last)} || '.' || i || '@example.com',
           date '1990-01-01' + ${pick('hiredOn', 13_000)},
           case when i % 50 <> 0 then 15 + ${pick('rate', 9_000)} / 100.0 end,
           timestamptz '2025-01-01 00:00:00+00' + ${pick('updatedAt', 30_000_000)} * interval '1.000001 seconds'
    from generate_series(1, ${count}) i`);
}

/** Fills the tables around `hr.employees`, in which employees 1 to count are. */
export async function fillHistories(client: ClientBase, count: number): Promise<void> {
  const department = pick('department', DEPARTMENTS.length);
  await client.query(`
    insert into hr.departments
    select 1 + i, ${oneOf(DEPARTMENTS, 'i')}, 250000.50 * (1 + i), null from generate_series(0, ${DEPARTMENTS.length - 1}) i;

    insert into hr.department_employees
    select 1 + ${department}, i, date '2000-01-01' + ${pick('since', 9_000)} from generate_series(1, ${count}) i;

    update hr.departments d
    set manager_id = (select min(employee_id) from hr.department_employees where department_id = d.id);

    insert into hr.titles
    select i, ${oneOf(TITLES, `(${pick('title', TITLES.length)} + n) % ${TITLES.length}`)},
           date '2000-01-01' + 1000 * n,
           case when n = i % 3 / 2 then null else date '2000-01-01' + 1000 * (n + 1) end
    from generate_series(1, ${count}) i, generate_series(0, i % 3 / 2) n;

    insert into hr.salaries
    select id, 1 + (id - 1) / ${SALARIES_PER_EMPLOYEE},
           20000 + ${pick('amount', 8_000_000, 'id')} / 100.0,
           ${oneOf(CURRENCIES, `((id - 1) / ${SALARIES_PER_EMPLOYEE} % ${CURRENCIES.length})::int`)},
           date '2015-01-01' + 365 * ((id - 1) % ${SALARIES_PER_EMPLOYEE})::int,
           timestamptz '2015-01-01 08:30:00+00' + ${pick('recordedAt', 200_000_000, 'id')} * interval '1 second'
    from generate_series(1, ${count * SALARIES_PER_EMPLOYEE}::bigint) id;

    select setval(pg_get_serial_sequence('hr.salaries', 'id'), max(id)) from hr.salaries;`);
}
