import { documentName } from '../../store/documents.ts';

/** Written before the first topic is made: from then on one that is there under its name is the load's own. */
interface MadeTopics {
  topics: string[];
  /** When the last call began that may be making one. ISO 8601, UTC. */
  since: string;
  /** All of them are there. Without it a step may still be making one. */
  complete: boolean;
}
export const madeTopicsDocument = documentName<MadeTopics>('kafka/topics.json');

/** Written when a topic doesn't go at once, and removed with the wait for it. */
interface RemovingTopics {
  /** ISO 8601, UTC. */
  since: string;
}
export const removingTopicsDocument = documentName<RemovingTopics>('kafka/removing.json');
