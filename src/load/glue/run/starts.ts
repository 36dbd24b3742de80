import { randomUUID } from 'node:crypto';
import type { Load } from '../../../services.ts';
import { documentName } from '../../../store/documents.ts';
import type { OwnedLoad } from '../../owned-load.ts';
import { LONGEST_INVOCATION_SECONDS } from '../../pace.ts';

/** The one loading that an attempt asks Glue for. Glue's own call knows no token by which a second one would be the same. */
export interface Start {
  /** The fence in the bookkeeping, the job's argument, and a part of its documents' names. */
  id: string;
}

/** That an invocation is asking Glue for the start, or has asked: no other one asks meanwhile. */
export interface Call {
  /** ISO 8601, UTC. */
  at: string;
  /** Absent while it is not known: the answer may have been lost. */
  answer?: 'started' | 'refused';
}

type Attempt = Pick<Load, 'attempt'>;

const FOLDER = 'glue/starts/';
const CALLED = '-called.json';
const startDocument = ({ attempt }: Attempt) => documentName<Start>(`${FOLDER}${attempt}.json`);
export const callDocument = ({ attempt }: Attempt) => documentName<Call>(`${FOLDER}${attempt}${CALLED}`);
export const runDocument = ({ attempt }: Attempt) => documentName<{ runId: string }>(`${FOLDER}${attempt}-run.json`);

/** This attempt's; undefined before advancing began. */
export function findStart(load: Load): Promise<Start | undefined> {
  return load.documents.read(startDocument(load));
}

/** This attempt's, made once: of several invocations that want it, each gets the same. */
export async function startOf(load: Load): Promise<Start> {
  const start = { id: randomUUID() };
  return (await load.documents.create(startDocument(load), start)) ? start : load.documents.need(startDocument(load));
}

/** Whether the invocation that wrote this may still be asking, or Glue not yet be showing what it started. */
export function mayBeAsking({ at, answer }: Call, { services }: Pick<OwnedLoad, 'services'>): boolean {
  const seconds = (services.now().getTime() - new Date(at).getTime()) / 1_000;
  return answer === undefined && seconds < LONGEST_INVOCATION_SECONDS;
}

/** The same of all attempts, for a tear-down that knows of none. */
export async function isAnyAsking(load: OwnedLoad): Promise<boolean> {
  const paths = (await load.documents.list(FOLDER)).filter((path) => path.endsWith(CALLED));
  const calls = await Promise.all(paths.map((path) => load.documents.read(documentName<Call>(path))));
  return calls.some((call) => call !== undefined && mayBeAsking(call, load));
}
