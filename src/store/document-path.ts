const SEGMENT = /^[A-Za-z0-9_%=.-]{1,200}$/;

/**
 * Paths are made by this project's code from names that were checked, so a bad one is a mistake of ours. Both stores
 * refuse it alike: a `..` would leave a directory store, and what one store takes the other must take too.
 */
export function assertDocumentPath(path: string): void {
  const segments = path.split('/');
  if (segments.every((segment) => SEGMENT.test(segment) && segment !== '.' && segment !== '..')) return;
  throw new Error(`${JSON.stringify(path)} is no path of the load store.`);
}
