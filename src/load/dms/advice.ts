/** What to do about a fault, by the name that DMS gives it; docs/strategies/dms.md says more. */
const ADVICE: Record<string, string> = {
  AccessDeniedFault: 'Allow the function what it was refused.',
};

export function adviceFor(fault: string): string {
  return ADVICE[fault] ?? 'Mend what DMS names, and run the load again.';
}
