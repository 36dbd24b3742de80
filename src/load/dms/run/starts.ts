import { randomUUID } from 'node:crypto';
import type { QualifiedName } from '../../../model.ts';
import type { Load } from '../../../services.ts';
import { documentName, type DocumentName } from '../../../store/documents.ts';
import type { StartType } from './runner.ts';

/**
 * One loading that an attempt asked DMS for: of the whole task, or of single tables while the others go on. Written once,
 * under its number, before anything is done, so that of several invocations that find a start necessary one begins it
 * and the others join in; what has been done of it is written beside it.
 */
export interface Start {
  number: number;
  /** The fence in the bookkeeping once the tables are empty. */
  id: string;
  how: StartType | 'reload-tables';
  /** Source tables whose targets are emptied first. */
  tables: QualifiedName[];
  /** Source tables that an error ended in the run before. */
  failed: QualifiedName[];
  /** What DMS shows while this one has not begun: the run that it follows, and of each table the load. */
  after: { run: string; tables: Record<QualifiedName, string> };
}

/** That an invocation is asking DMS for a start, or has asked: no other one asks meanwhile. */
export interface Call {
  /** ISO 8601, UTC. */
  at: string;
  accepted: boolean;
  /** Why DMS refused, in its words. */
  said?: string;
}

const FOLDER = 'dms/starts/';

const startDocument = (load: Pick<Load, 'attempt'>, number: number) =>
  documentName<Start>(`${FOLDER}${load.attempt}-${number}.json`);
export const emptiedDocument = (load: Pick<Load, 'attempt'>, { number }: Start): DocumentName<{ at: string }> =>
  documentName(`${FOLDER}${load.attempt}-${number}-emptied.json`);
export const callDocument = (load: Pick<Load, 'attempt'>, { number }: Start): DocumentName<Call> =>
  documentName(`${FOLDER}${load.attempt}-${number}-called.json`);

/** This attempt's, in the order of their numbers. */
export async function listStarts(load: Load): Promise<Start[]> {
  const starts: Start[] = [];
  for (;;) {
    const next = await load.documents.read(startDocument(load, starts.length + 1));
    if (!next) return starts;
    starts.push(next);
  }
}

/** @returns undefined when another invocation was faster */
export async function createStart(load: Load, start: Omit<Start, 'id'>): Promise<Start | undefined> {
  const created = { ...start, id: randomUUID() };
  return (await load.documents.create(startDocument(load, start.number), created)) ? created : undefined;
}
