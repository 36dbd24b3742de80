import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { useStandIns } from '../../local/aws/environment.ts';
import { startS3StandIn, type S3StandIn } from '../../local/aws/s3.ts';
import { s3 } from '../../src/aws/clients.ts';
import { listFolder, removeFolder } from '../../src/files/folder.ts';
import type { LoadRequest } from '../../src/request/schema.ts';
import type { Load } from '../../src/services.ts';
import { LoadDocuments, type DocumentName } from '../../src/store/documents.ts';
import { cleanTarget } from '../../src/target/clean.ts';
import { prepareTarget } from '../../src/target/prepare.ts';
import { memoryServices } from '../support/memory-services.ts';

const URI = 's3://warehouse/mailer';

describe('a target that is a prefix of S3', () => {
  let standIn: S3StandIn;
  let giveBack: () => void;

  beforeAll(async () => {
    standIn = await startS3StandIn();
    giveBack = useStandIns({ s3: standIn });
  });
  beforeEach(async () => {
    await removeFolder(`${URI}/`);
  });
  afterAll(async () => {
    giveBack();
    await standIn.stop();
  });

  function newLoad(onFailure: LoadRequest['onFailure'] = 'discard'): Load {
    const services = memoryServices();
    const load: Partial<Load> = {
      loadId: 'mailer-1',
      attempt: 1,
      request: { target: { engine: 's3', uri: URI }, onFailure } as LoadRequest,
      plan: { tables: [{ target: 'hr.employees' }, { target: 'hr.departments' }] } as Load['plan'],
      startedAt: services.now(),
      documents: new LoadDocuments(services.store, 'mailer-1'),
      services,
    };
    return load as Load;
  }
  async function put(key: string): Promise<void> {
    const { client, sdk } = await s3();
    await client.send(new sdk.PutObjectCommand({ Bucket: 'warehouse', Key: `mailer/${key}`, Body: 'rows' }));
  }
  const keysLeft = async () => (await listFolder(`${URI}/`)).map(({ key }) => key);

  test('is refused while there are files where its own would stand, and nothing of them is removed', async () => {
    await put('hr.departments/part-0.parquet');
    const load = newLoad();
    await expect(prepareTarget(load)).rejects.toThrow(
      'target.uri ("s3://warehouse/mailer"): there are files in s3://warehouse/mailer/hr.departments/ already. Remove them',
    );
    expect((await cleanTarget(load, { outcome: 'failed' })).tornDown).toEqual([]);
    expect(await keysLeft()).toEqual(['mailer/hr.departments/part-0.parquet']);
  });

  test('may hold files of other tables, which stay when a load failed', async () => {
    await put('hr.employees-2/part-0.parquet');
    const load = newLoad();
    expect(await prepareTarget(load)).toEqual({ status: 'done' });
    await put('hr.employees/part-0.parquet');
    await put('hr.employees/_temporary/0/part-1.parquet');
    const deleted = [{ type: 'files', id: `${URI}/hr.employees/`, status: 'deleted' }];
    expect((await cleanTarget(load, { outcome: 'failed' })).tornDown).toEqual(deleted);
    expect((await cleanTarget(load, { outcome: 'failed' })).tornDown).toEqual([]);
    expect(await keysLeft()).toEqual(['mailer/hr.employees-2/part-0.parquet']);
  });

  test('is found empty once: preparing again, also for a next attempt, finds its own files', async () => {
    const load = newLoad('keep');
    await prepareTarget(load);
    await put('hr.employees/part-0.parquet');
    expect(await prepareTarget({ ...load, attempt: 2 })).toEqual({ status: 'done' });
    const kept = [{ type: 'files', id: `${URI}/hr.employees/`, status: 'kept' }];
    expect((await cleanTarget(load, { outcome: 'failed' })).tornDown).toEqual(kept);
    expect(await keysLeft()).toHaveLength(1);
  });

  test('is found empty by a call that looks late, after another one has, when the first file is there', async () => {
    const load = newLoad();
    const { documents } = load;
    let looks = 0;
    // What the late call reads at first is of before the other one.
    const late = Object.assign(Object.create(documents) as LoadDocuments, {
      read: async <T>(name: DocumentName<T>) => ((looks += 1) === 1 ? undefined : documents.read(name)),
    });
    await prepareTarget(load);
    await put('hr.employees/part-0.parquet');
    expect(await prepareTarget({ ...load, documents: late })).toEqual({ status: 'done' });
  });

  test('keeps its files after a load that succeeded', async () => {
    const load = newLoad();
    await prepareTarget(load);
    await put('hr.employees/part-0.parquet');
    expect((await cleanTarget(load, { outcome: 'succeeded' })).tornDown).toEqual([]);
    expect(await keysLeft()).toHaveLength(1);
  });

  test('that S3 does not let us look at is a wrong request, with what S3 said', async () => {
    standIn.failNext({ method: 'GET', error: { status: 403, code: 'AccessDenied' } });
    await expect(prepareTarget(newLoad())).rejects.toThrow(/target\.uri .*AccessDenied.* See that the bucket is there/);
  });
});
