import { machineArns } from '../../src/config.ts';
import type { DatabaseAddress } from '../../src/databases/address.ts';
import { ownName, type OwnedLoad } from '../../src/load/owned-load.ts';
import type { Delivery, LoadResult } from '../../src/model.ts';
import type { Services } from '../../src/services.ts';
import { LoadDocuments, resultDocument } from '../../src/store/documents.ts';
import { sweepLoads } from '../../src/tear-down/sweep.ts';
import { runExecutionsHere, type Executions } from './executions.ts';
import type { LoadStage } from './loads.ts';
import type { TestDatabase, TestDatabases } from './postgres.ts';

const SCHEMA = `
  create schema hr;
  create table hr.departments (id int primary key, name text not null);
  create table hr.employees (id int primary key, name text not null, department int references hr.departments);
  create table hr.log (at timestamptz not null, what text);`;
const DATA = `
  insert into hr.departments select g, 'Département ' || g from generate_series(1, 5) g;
  insert into hr.employees select g, 'Łukasz ' || g, g % 5 + 1 from generate_series(1, 50) g;
  insert into hr.log select now(), 'line ' || g from generate_series(1, 20) g;
  analyze;`;
const TABLES = ['hr.departments', 'hr.employees', 'hr.log'];

/** Whole loads through a service, run by the deployed definitions and handlers: what happens on AWS when somebody starts one. */
export interface WholeLoads {
  source: TestDatabase;
  targets: TestDatabase[];
  services: Services;
  executions: Executions;
  /** Notifications, as the consumer gets them. */
  told: { loadId: string; type: string }[];
  /** @param target which of the targets: 0, unless told; those of loads that run at once must differ */
  request(more?: Record<string, unknown>, target?: number): Record<string, unknown>;
  /** An attempt at a load, the first unless told, until its execution has ended; the result, unless none was left. */
  run(
    loadId: string,
    more?: Record<string, unknown>,
    target?: number,
    attempt?: number,
  ): Promise<LoadResult | undefined>;
  /** What the names of a load's resources begin with. */
  nameOf(loadId: string): string;
  resultOf(loadId: string): Promise<LoadResult | undefined>;
  /** As the clock does it, hour after hour, until nothing is left to do. @returns what was found by tag */
  sweep(hours?: number): Promise<{ loadId: string; type: string; id: string }[]>;
  /** Types and identifiers of what there is in the service: of one load, or of all. */
  left(loadId?: string): Promise<string[]>;
  close(): Promise<void>;
}

/** What the service is, and its stand-in. */
interface Through {
  /** The request's fields by which it is chosen. */
  fields: { strategy: string; source: { connection: string }; target: { connection: string } };
  /** What it is told, unless a load says something else of it. */
  settings: Record<string, object>;
  setStage(source: DatabaseAddress, target: DatabaseAddress, otherTargets: DatabaseAddress[]): Promise<LoadStage>;
  pace: number;
  resources(): Promise<{ type: string; id: string }[]>;
}
export interface WholeLoadsOptions {
  /** Loads that run at the same time, each into a target of its own. */
  atOnce?: number;
  /** What is no load's. */
  kept?: string[];
}

export async function openWholeLoads(
  databases: TestDatabases,
  { fields, settings, setStage, pace, resources }: Through,
  { atOnce = 1, kept = [] }: WholeLoadsOptions = {},
): Promise<WholeLoads> {
  const source = await databases.createDatabase();
  await source.query(SCHEMA + DATA);
  const targets: TestDatabase[] = [];
  for (let number = 1; number <= atOnce; number += 1) {
    const target = await databases.createDatabase();
    await target.query(SCHEMA);
    targets.push(target);
  }
  const [first, ...others] = targets.map(({ address }) => address);
  const stage = await setStage(source.address, first!, others);
  const told: { loadId: string; type: string }[] = [];
  const tell = async (channel: { channel: string }, notification: unknown): Promise<Delivery> => {
    told.push(notification as { loadId: string; type: string });
    return { channel: channel.channel, status: 'sent' };
  };
  const services: Services = {
    ...stage.services,
    channels: { eventbridge: tell, sns: tell, sqs: tell, webhook: tell },
  };
  const executions = runExecutionsHere(services, pace);
  const resultOf = (loadId: string) => new LoadDocuments(services.store, loadId).read(resultDocument);
  const nameOf = (loadId: string) => ownName({ loadId, services } as OwnedLoad, 'x').replace(/x$/, '');
  const { connection } = fields.target;
  const request = ({ target: into, ...more }: Record<string, unknown> = {}, number = 0) => ({
    dataset: 'test',
    consumer: 'mailer',
    source: { engine: 'postgres', ...fields.source, tables: TABLES },
    target: {
      engine: 'postgres',
      connection: number === 0 ? connection : `${connection}-${number + 1}`,
      ifNotEmpty: 'truncate',
      ...(into as object),
    },
    strategy: fields.strategy,
    // The clock runs so fast that a busy machine would look like a load that stalls, or that comes too late.
    limits: { deadlineMinutes: 20_160 },
    notify: [{ channel: 'eventbridge' }],
    ...more,
    ...Object.fromEntries(Object.entries(settings).map(([name, own]) => [name, { ...own, ...(more[name] as object) }])),
  });
  return {
    source,
    targets,
    services,
    executions,
    told,
    request,
    async run(loadId, more, target, attempt = 1) {
      const input = { loadId, attempt, request: request(more, target) };
      const end = await executions.start('initial-load', `${loadId}-${attempt}`, input);
      await end.invocationsEnded;
      return resultOf(loadId);
    },
    nameOf,
    resultOf,
    async sweep(hours = 4) {
      const found: { loadId: string; type: string; id: string }[] = [];
      for (let hour = 1; hour <= hours; hour += 1) {
        const later = () => new Date(services.now().getTime() + hour * 3_600_000);
        const { leftovers } = await sweepLoads(machineArns(), { ...services, now: later });
        found.push(...leftovers);
        await executions.ended();
      }
      return found;
    },
    async left(loadId) {
      const named = loadId === undefined ? '' : nameOf(loadId);
      return (await resources())
        .filter(({ id }) => !kept.includes(id) && id.startsWith(named))
        .map(({ type, id }) => `${type} ${id}`);
    },
    close: () => stage.remove(),
  };
}
