/** Fields under which a credential may stand by mistake: what was found there is never repeated. */
const DISCREET = new Set(['connection', 'secret', 'brokers', 'url', 'queueUrl', 'host', 'dbname']);
const PLAIN_NAME = /^[A-Za-z_][A-Za-z0-9_]*$/;

/** A place in a request as people write it: `source.tables[0].where`, `target.tables["hr.employees"]`. */
export function showPath(path: PropertyKey[]): string {
  const steps = path.map((step) => {
    if (typeof step === 'number') return `[${step}]`;
    const name = String(step);
    return PLAIN_NAME.test(name) ? `.${name}` : `[${JSON.stringify(hideCredentials(name))}]`;
  });
  return steps.join('').replace(/^\./, '') || 'request';
}

/** The value found at a place, if it may be shown: single values only, and none where a credential may stand. */
export function showValue(path: PropertyKey[], value: unknown): { value?: unknown } {
  if (value === undefined || (typeof value === 'object' && value !== null)) return {};
  if (path.length === 0 || path.some((step) => DISCREET.has(String(step)))) return {};
  return { value: typeof value === 'string' ? hideCredentials(value) : value };
}

/** A text without what may be a credential: database URLs and `password=…` are cut out whatever field they stand in. */
export function hideCredentials(text: string): string {
  return text
    .replace(/:\/\/[^\s]*@/g, '://(hidden)@')
    .replace(/\b(password|passwd|pwd|secret|token)(\s*[=:]\s*)[^\s;,&]+/gi, '$1$2(hidden)');
}

/** "a string", "an array", "nothing": what a JSON value is, in words. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (value === Infinity || value === -Infinity) return 'beyond all numbers';
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
