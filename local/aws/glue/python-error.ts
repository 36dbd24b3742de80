/** The end of the last traceback in what a program said, as Glue shows it: `ValueError: no such table`. */
export function findPythonError(output: string[]): string | undefined {
  const traceback = output.findLastIndex((line) => line.startsWith('Traceback (most recent call last)'));
  if (traceback === -1) return undefined;
  const error = output.slice(traceback + 1).find((line) => /^\S/.test(line));
  // Glue names the exception without its module.
  return error?.replace(/^(\w+\.)+(?=\w+(:|$))/, '');
}
