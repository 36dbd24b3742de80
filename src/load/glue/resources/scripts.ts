import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { s3 } from '../../../aws/clients.ts';
import { calling, isTransient } from '../../../aws/failures.ts';
import { LoadFailedError, TransientError } from '../../../errors.ts';
import type { Load } from '../../../services.ts';
import { addressOf, MAIN_SCRIPT, REQUEST_SCRIPT, SCRIPT_FOLDER } from '../addresses.ts';
import { adviceFor } from '../advice.ts';
import { readMade, rememberMade } from './made.ts';

const S3_ADDRESS = /^s3:\/\/([^/]+)\/(.+)$/;

/**
 * Puts what the job runs into the load's folder, as it is when the load begins: the job's own files, and the request's
 * module. Everything is read before the first is written.
 * @throws LoadFailedError for a file that isn't there
 */
export async function putScripts(load: Load): Promise<void> {
  if ((await readMade(load)).scripts !== undefined) return;
  const files = new Map([...(await readOwnScripts(load)), ...(await readRequestScript(load))]);
  for (const [name, text] of files) await putObject(addressOf(load, SCRIPT_FOLDER + name), text);
  await rememberMade(load, (made) => ({ ...made, scripts: [...files.keys()] }));
}

type Files = [name: string, text: string][];

async function readOwnScripts({ services }: Load): Promise<Files> {
  const folder = services.deployment.glue?.scriptDirectory ?? '';
  const names = await readdir(folder).catch(() => []);
  const own = names.filter((name) => name.endsWith('.py') && !/^(test_.*|conftest)\.py$/.test(name)).sort();
  if (!own.includes(MAIN_SCRIPT)) {
    throw new LoadFailedError(`There is no ${join(folder, MAIN_SCRIPT)}. ${adviceFor('script not deployed')}`);
  }
  return Promise.all(
    own.map(async (name): Promise<Files[number]> => [name, await readFile(join(folder, name), 'utf8')]),
  );
}

async function readRequestScript({ request, services }: Load): Promise<Files> {
  const script = request.transform?.script;
  if (script === undefined) return [];
  const [, bucket, key] = S3_ADDRESS.exec(script) ?? [];
  if (bucket !== undefined && key !== undefined) return [[REQUEST_SCRIPT, await getObject(script, bucket, key)]];
  if (!services.bounds.environmentReferences) throw missing(script, 'only a local run reads it from a file');
  try {
    return [[REQUEST_SCRIPT, await readFile(script, 'utf8')]];
  } catch (error) {
    throw missing(script, (error as Error).message);
  }
}

async function getObject(script: string, bucket: string, key: string): Promise<string> {
  const { client, sdk } = await s3();
  try {
    const { Body } = await client.send(new sdk.GetObjectCommand({ Bucket: bucket, Key: key }));
    return (await Body?.transformToString()) ?? '';
  } catch (error) {
    const said = `${(error as Error).name}: ${(error as Error).message}`;
    throw isTransient(error) ? new TransientError(`Cannot read ${script}: ${said}`) : missing(script, said);
  }
}

function missing(script: string, said: string): LoadFailedError {
  return new LoadFailedError(`transform.script (${script}) can't be read: ${said}. ${adviceFor('script missing')}`);
}

async function putObject(address: string, text: string): Promise<void> {
  const [, bucket, key] = S3_ADDRESS.exec(address) ?? [];
  const { client, sdk } = await s3();
  const object = { Bucket: bucket, Key: key, Body: text, ContentType: 'text/x-python' };
  await calling(`Cannot write ${address}`, () => client.send(new sdk.PutObjectCommand(object)));
}
