/**
 * The load store: JSON documents under slash-separated paths, in S3 or in a directory. Everything that outlives a
 * Lambda lives here, so the state machine carries only small references.
 */
export interface LoadStore {
  /** Where a person finds it: `s3://bucket/prefix`, or the directory. */
  readonly address: string;
  /** The document, or undefined if there is none. */
  read(path: string): Promise<unknown>;
  /** Creates or replaces, atomically: a reader sees the old document or the new one. */
  write(path: string, document: unknown): Promise<void>;
  /** Creates only if there is none; answers whether it did. A load's locks begin with it. */
  create(path: string, document: unknown): Promise<boolean>;
  /** Removing what isn't there is no error. */
  remove(path: string): Promise<void>;
  /** Paths of the documents whose path begins with prefix, sorted. */
  list(prefix: string): Promise<string[]>;
}
