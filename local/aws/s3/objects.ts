/** What a stand-in for S3 keeps, by `bucket/key`. */
export interface Objects {
  read(path: string): Promise<StoredObject | undefined>;
  /** Answers whether it was written: `onlyIfNone` leaves an object that is there as it is. */
  write(path: string, object: Omit<StoredObject, 'modifiedAt'>, options: { onlyIfNone: boolean }): Promise<boolean>;
  remove(path: string): Promise<void>;
  /** Paths that begin so, in no order. */
  list(prefix: string): Promise<string[]>;
}

interface StoredObject {
  body: Buffer;
  /** Headers `x-amz-meta-…`. */
  metadata: Record<string, string>;
  modifiedAt: Date;
}

export function objectsInMemory(): Objects {
  const objects = new Map<string, StoredObject>();
  return {
    read: async (path) => objects.get(path),
    async write(path, object, { onlyIfNone }) {
      if (onlyIfNone && objects.has(path)) return false;
      objects.set(path, { ...object, modifiedAt: new Date() });
      return true;
    },
    remove: async (path) => void objects.delete(path),
    list: async (prefix) => [...objects.keys()].filter((path) => path.startsWith(prefix)),
  };
}
