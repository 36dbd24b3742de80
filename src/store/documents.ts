import type {
  Failure,
  LoadedTopic,
  LoadResult,
  NotificationRecord,
  Plan,
  QualifiedName,
  ReplayedTopic,
  ShardProgress,
  ShardRecord,
  SourcePositions,
  StitchPoint,
  Survey,
  TableVerification,
  TornDown,
} from '../model.ts';
import type { LoadRequest } from '../request/schema.ts';
import type { LoadStore } from './load-store.ts';

/** A named document of one load and the type that is written under that name. Declared beside the type it holds. */
export interface DocumentName<T> {
  readonly path: string;
  /** Never set: it only carries the type. */
  readonly holds?: T;
}

export function documentName<T>(path: string): DocumentName<T> {
  return { path };
}

/** Where a load stands. `attempt` is the newest one; a step of an earlier attempt leaves the load alone. */
export interface LoadState {
  loadId: string;
  attempt: number;
  /** The name of the execution that runs this attempt. */
  execution: string;
  /** `open` until tear-down begins, `closed` while it runs, `finished` when nothing is left, `kept` when rows wait for a next attempt. */
  status: 'open' | 'closed' | 'kept' | 'finished';
  dataset: string;
  consumer: string;
  /** Of this attempt. */
  startedAt: string;
  deadlineAt: string;
  /** Set by the first step that makes something outside the store: from then on tear-down has work to do. */
  provisioned: boolean;
  updatedAt: string;
}

/** How the load went, as the main state machine saw it: tear-down reads it and Record makes the result of it. */
export interface Outcome {
  attempt: number;
  failure?: Failure;
  /** Set when the rows of a failed load shall go, although its request keeps them. */
  discard?: boolean;
}

/** Folders for files, `s3://…/`, that the load found empty, so that whatever is in them is its own. */
export interface FoundFolders {
  folders: string[];
  /** ISO 8601, UTC. */
  foundAt: string;
}

/** Topics of the load's own, written before the first is made: from then on one that is there under its name is the load's. */
export interface MadeTopics {
  topics: string[];
  /** All of them are there. */
  complete: boolean;
}

/** A step that is making topics, as long as it does: it is gone when the step has ended, unless that was killed. */
export interface MakingTopics {
  /** ISO 8601, UTC. */
  since: string;
}

/** Written when something begins, and removed when it is over: a wait for a topic that doesn't go, a replay's pause. */
interface Since {
  /** ISO 8601, UTC. */
  since: string;
}

/** What a step that takes long is waiting for, in a few words, for whoever watches. */
export interface WaitingFor {
  what: string;
  /** ISO 8601, UTC. */
  since: string;
}

/** That the consumer has read what was loaded, as it says itself, or somebody for it. */
export interface Acknowledged {
  /** ISO 8601, UTC. */
  acknowledgedAt: string;
  /** Who says so, as they call themselves. */
  by?: string;
}

export const stateDocument = documentName<LoadState>('load.json');
export const requestDocument = documentName<LoadRequest>('request.json');
export const surveyDocument = documentName<Survey>('survey.json');
export const planDocument = documentName<Plan>('plan.json');
export const foldersDocument = documentName<FoundFolders>('folders.json');
export const madeTopicsDocument = documentName<MadeTopics>('made-topics.json');
export const removingTopicsDocument = documentName<Since>('removing-topics.json');
export const makingTopicsDocument = (maker: string) => documentName<MakingTopics>(`making-topics/${maker}.json`);
export const positionsDocument = documentName<SourcePositions>('positions.json');
export const verificationDocument = documentName<TableVerification[]>('verification.json');
export const stitchPointDocument = documentName<StitchPoint>('stitch-point.json');
export const loadedTopicsDocument = documentName<LoadedTopic[]>('loaded-topics.json');
export const replayedTopicsDocument = documentName<ReplayedTopic[]>('replayed-topics.json');
export const replayBegunDocument = documentName<Since>('replay-begun.json');
export const replayPausedDocument = documentName<Since>('replay-paused.json');
/** By table, of what was read back. */
export const checksumsDocument = documentName<Record<QualifiedName, string>>('checksums.json');
export const notificationsDocument = documentName<NotificationRecord[]>('notifications.json');
export const acknowledgedDocument = documentName<Acknowledged>('acknowledged.json');
export const outcomeDocument = documentName<Outcome>('outcome.json');
export const tornDownDocument = documentName<TornDown[]>('torn-down.json');
export const waitingForDocument = documentName<WaitingFor>('waiting-for.json');
export const resultDocument = documentName<LoadResult>('result.json');
export const progressDocument = (shard: string) => documentName<ShardProgress>(`progress/${shard}.json`);
export const shardDocument = (shard: string) => documentName<ShardRecord>(`shards/${shard}.json`);

/** The folder of one load in the store: `loads/<loadId>/`. */
export class LoadDocuments {
  readonly store: LoadStore;
  readonly loadId: string;

  constructor(store: LoadStore, loadId: string) {
    this.store = store;
    this.loadId = loadId;
  }

  get address(): string {
    return `${this.store.address}/loads/${this.loadId}`;
  }

  /** Where a person finds the document, whether it is there already or not. */
  addressOf<T>(name: DocumentName<T>): string {
    return `${this.address}/${name.path}`;
  }

  async read<T>(name: DocumentName<T>): Promise<T | undefined> {
    return (await this.store.read(this.path(name))) as T | undefined;
  }

  /** @throws Error when the document is missing: a step that needs it ran too early, or the store was emptied. */
  async need<T>(name: DocumentName<T>): Promise<T> {
    const document = await this.read(name);
    if (document === undefined) throw new Error(`${this.addressOf(name)} is missing from the load store.`);
    return document;
  }

  write<T>(name: DocumentName<T>, document: T): Promise<void> {
    return this.store.write(this.path(name), document);
  }

  /** Only if there is none; answers whether it did. */
  create<T>(name: DocumentName<T>, document: T): Promise<boolean> {
    return this.store.create(this.path(name), document);
  }

  remove<T>(name: DocumentName<T>): Promise<void> {
    return this.store.remove(this.path(name));
  }

  /** Names (relative to this load's folder) that begin with prefix. */
  async list(prefix: string): Promise<string[]> {
    const base = `loads/${this.loadId}/`;
    return (await this.store.list(base + prefix)).map((path) => path.slice(base.length));
  }

  private path<T>(name: DocumentName<T>): string {
    return `loads/${this.loadId}/${name.path}`;
  }
}
