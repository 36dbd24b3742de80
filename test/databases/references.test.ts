import { inspect } from 'node:util';
import { describe, expect, test } from '@jest/globals';
import { resolveConnection, resolveSecret } from '../../src/databases/references.ts';
import { RequestError } from '../../src/errors.ts';
import type { ConnectionReference, Engine } from '../../src/request/schema.ts';

const CANARY = 'canary-7f3a';
const FIELD = 'source.connection';

function sourcesWith(value: string | undefined) {
  const read = () => Promise.resolve(value ?? '');
  return { environmentVariable: () => value, readSecret: read, readParameter: read };
}

function resolve(value: string | undefined, connection: ConnectionReference = 'env:SOURCE_URL', engine?: Engine) {
  return resolveConnection(connection, FIELD, engine, sourcesWith(value));
}

async function refusalOf(resolving: Promise<unknown>): Promise<RequestError> {
  const error = await resolving.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(RequestError);
  expect(`${inspect(error, { depth: 9, showHidden: true })} ${JSON.stringify(error)} ${String(error)}`).not.toContain(
    CANARY,
  );
  return error as RequestError;
}

const rds = { engine: 'postgres', host: 'db', port: 5433, dbname: 'hr', username: 'loader', password: CANARY };

describe('a URL', () => {
  test('is read with everything in it', async () => {
    expect(await resolve(`postgres://loader:${CANARY}@db.internal:6432/hr?sslmode=verify-full`)).toEqual({
      engine: 'postgres',
      host: 'db.internal',
      port: 6432,
      database: 'hr',
      user: 'loader',
      password: CANARY,
      tls: { verify: true },
    });
  });

  test('has the engine’s port, no TLS and an empty password when it says nothing', async () => {
    const address = await resolve('postgresql://loader@[::1]/hr');
    expect(address).toEqual({
      engine: 'postgres',
      host: '::1',
      port: 5432,
      database: 'hr',
      user: 'loader',
      password: '',
    });
  });

  test('may hold any sign, percent-encoded', async () => {
    const signs = 'a@b:c/d#e%f?g h\'"ü';
    const encoded = encodeURIComponent(signs);
    const address = await resolve(`postgres://${encoded}:${encoded}@db/${encoded}`);
    expect([address.user, address.password, address.database]).toEqual([signs, signs, signs]);
  });

  test('may ask for TLS without a certificate that can be checked', async () => {
    expect((await resolve(`postgres://loader:${CANARY}@db/hr?sslmode=require`)).tls).toEqual({ verify: false });
    expect((await resolve(`postgres://loader:${CANARY}@db/hr?sslmode=disable`)).tls).toBeUndefined();
  });

  test.each([
    ['mysql', 3306],
    ['mariadb', 3306],
    ['oracle', 1521],
    ['sqlserver', 1433],
  ])('of %s has port %d', async (engine, port) => {
    expect(await resolve(`${engine}://loader:${CANARY}@db/hr`)).toMatchObject({ engine, port });
  });

  test.each([
    ['is not set', undefined, 'the environment variable SOURCE_URL is not set'],
    ['is empty', '', 'the environment variable SOURCE_URL is empty'],
    ['is no URL', `${CANARY} is my password`, 'not a URL'],
    ['has a slash in the password', `postgres://loader:${CANARY}/x@db/hr`, 'not a URL'],
    ['has a slash after a number', `postgres://${CANARY}:1/${CANARY}@db/hr`, 'an @ or a second /'],
    ['has @ and / in the password', `postgres://loader:pa@ss/${CANARY}@db:5432/hr`, 'an @ or a second /'],
    ['has @ and / and @ in the password', `postgres://loader:${CANARY}@ss/${CANARY}@db`, 'an @ or a second /'],
    ['has a second / before the database', `postgres://loader:p@ss/${CANARY}/hr`, 'an @ or a second /'],
    ['has a # in the password', `postgres://loader:1#${CANARY}@db/hr`, '#'],
    ['has a % in the password', `postgres://loader:${CANARY}%@db/hr`, 'percent-encoded'],
    ['has no host', `postgres://loader:${CANARY}@/hr`, 'not a URL'],
    ['has no database', `postgres://loader:${CANARY}@db`, 'no database'],
    ['has no user', `postgres://:${CANARY}@db/hr`, 'no user'],
    ['is of another engine', `mongodb://loader:${CANARY}@db/hr`, 'no engine that is known'],
    ['has an unknown sslmode', `postgres://loader:p@db/hr?sslmode=${CANARY}`, 'sslmode'],
    ['would go on without TLS', `postgres://loader:${CANARY}@db/hr?sslmode=prefer`, 'sslmode'],
    ['asks for more', `postgres://loader:p@db/hr?options=${CANARY}`, 'parameters other than sslmode'],
  ])('that %s is refused with advice, and not repeated', async (_what, value, wrong) => {
    const { field, message, advice } = await refusalOf(resolve(value));
    expect(field).toBe(FIELD);
    expect(message).toContain('env:SOURCE_URL');
    expect(message).toContain(wrong);
    expect(advice).not.toBe('');
  });
});

describe('a secret as RDS writes it', () => {
  const secret = 'hr/database';

  test('is read, with TLS', async () => {
    expect(await resolve(JSON.stringify(rds), secret)).toEqual({
      engine: 'postgres',
      host: 'db',
      port: 5433,
      database: 'hr',
      user: 'loader',
      password: CANARY,
      tls: { verify: false },
    });
  });

  test('may switch TLS off, or bring the certificate to check', async () => {
    const tlsWith = async (more: object) => (await resolve(JSON.stringify({ ...rds, ...more }), secret)).tls;
    expect(await tlsWith({ ssl: false })).toBeUndefined();
    expect(await tlsWith({ ssl: true })).toEqual({ verify: false });
    expect(await tlsWith({ sslmode: 'verify-full' })).toEqual({ verify: true });
    expect(await tlsWith({ sslrootcert: 'PEM' })).toEqual({ verify: true, ca: 'PEM' });
  });

  test('may leave host, port, dbname and engine to the request, as those that RDS manages do', async () => {
    const managed = JSON.stringify({ username: 'loader', password: CANARY });
    expect(await resolve(managed, { secret, host: 'db', dbname: 'hr' }, 'postgres')).toMatchObject({
      engine: 'postgres',
      host: 'db',
      port: 5432,
      database: 'hr',
    });
  });

  test('counts after what the request says', async () => {
    const connection = { secret, host: 'replica', port: 1, dbname: 'other' };
    expect(await resolve(JSON.stringify(rds), connection)).toMatchObject({
      host: 'replica',
      port: 1,
      database: 'other',
    });
  });

  test('may name its engine as Aurora does, and its port as text', async () => {
    const text = JSON.stringify({ ...rds, engine: 'aurora-postgresql', port: '5434' });
    expect(await resolve(text, secret, 'postgres')).toMatchObject({ engine: 'postgres', port: 5434 });
  });

  test.each([
    ['is no JSON', `{"password": "${CANARY}`, 'not a JSON object'],
    ['is a list', `["${CANARY}"]`, 'not a JSON object'],
    ['is a URL', `postgres://loader:${CANARY}@db/hr`, 'not a JSON object'],
    ['has no host', JSON.stringify({ ...rds, host: undefined }), 'host is missing'],
    ['has no dbname', JSON.stringify({ ...rds, dbname: '' }), 'dbname is missing'],
    ['has no username', JSON.stringify({ ...rds, username: null }), 'username is missing'],
    ['has no password', JSON.stringify({ ...rds, password: undefined }), 'password is missing'],
    ['has no engine', JSON.stringify({ ...rds, engine: undefined }), 'engine is missing'],
    ['has an unknown engine', JSON.stringify({ ...rds, engine: CANARY }), 'engine is not one that is known'],
    ['has an impossible port', JSON.stringify({ ...rds, port: 70_000 }), 'port is not a number'],
    ['has a password that is no text', JSON.stringify({ ...rds, password: { a: CANARY } }), 'password is not a text'],
    ['has an unknown sslmode', JSON.stringify({ ...rds, sslmode: CANARY }), 'sslmode'],
  ])('that %s is refused with advice, and not repeated', async (_what, value, wrong) => {
    const { field, message, advice } = await refusalOf(resolve(value, secret));
    expect(field).toBe(FIELD);
    expect(message).toContain(secret);
    expect(message).toContain(wrong);
    expect(advice).not.toBe('');
  });
});

describe('a parameter', () => {
  test('holds a URL or JSON', async () => {
    expect(await resolve(`postgres://loader:${CANARY}@db/hr`, 'ssm:/hr/url')).toMatchObject({
      host: 'db',
      database: 'hr',
    });
    expect(await resolve(JSON.stringify(rds), 'ssm:/hr/url')).toMatchObject({ host: 'db', database: 'hr' });
  });
});

test('an engine that contradicts the request is refused', async () => {
  const { message } = await refusalOf(resolve(`postgres://loader:${CANARY}@db/hr`, 'env:SOURCE_URL', 'mysql'));
  expect(message).toContain('engine postgres, but the request says mysql');
});

test('in a deployment no environment variable can be named', async () => {
  const { environmentVariable: _none, ...sources } = sourcesWith(`postgres://loader:${CANARY}@db/hr`);
  const { message } = await refusalOf(resolveConnection('env:SOURCE_URL', FIELD, 'postgres', sources));
  expect(message).toContain('only be named in a local run');
});

test.each([
  `postgres://loader:${CANARY}@db/hr`,
  `{"password":"${CANARY}"}`,
  `env:postgres://loader:${CANARY}@db/hr`,
  `ssm:${CANARY} x`,
  `${CANARY} `,
])('a credential pasted in place of a reference (%#) is not repeated', async (pasted) => {
  const refusals = await Promise.all([
    refusalOf(resolve('unused', pasted)),
    refusalOf(resolve('unused', { secret: pasted })),
    refusalOf(resolveSecret(pasted, FIELD, sourcesWith('unused'))),
  ]);
  expect(refusals.map(({ field }) => field)).toEqual([FIELD, FIELD, FIELD]);
});

test('a secret that signs is read from where it lies', async () => {
  const sources = {
    environmentVariable: (name: string) => `variable ${name}`,
    readSecret: (id: string) => Promise.resolve(`secret ${id}`),
    readParameter: (path: string) => Promise.resolve(`parameter ${path}`),
  };
  expect(await resolveSecret('env:KEY', FIELD, sources)).toBe('variable KEY');
  expect(await resolveSecret('ssm:/a/b', FIELD, sources)).toBe('parameter /a/b');
  expect(await resolveSecret('mailer/key', FIELD, sources)).toBe('secret mailer/key');
  const arn = 'arn:aws:secretsmanager:eu-central-1:123456789012:secret:mailer/key-AbCdEf';
  expect(await resolveSecret(arn, FIELD, sources)).toBe(`secret ${arn}`);
});
