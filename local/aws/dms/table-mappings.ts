/**
 * What the stand-in understands of table mappings: selection with filters, renaming, removing and including columns,
 * ranges, and LOB settings of single tables; "Using table mapping to specify task settings" in the DMS user guide.
 * Anything else is refused rather than overlooked.
 */
export interface Mappings {
  rules: Rule[];
}
export type Rule = SelectionRule | TransformationRule | TableSettingsRule;

export interface SelectionRule {
  'rule-type': 'selection';
  'rule-action': 'include' | 'exclude' | 'explicit';
  'object-locator': Locator;
  filters?: Filter[];
}
export interface TransformationRule {
  'rule-type': 'transformation';
  'rule-action': 'rename' | 'remove-column' | 'include-column';
  'rule-target': 'schema' | 'table' | 'column';
  'object-locator': Locator;
  value?: string;
}
interface TableSettingsRule {
  'rule-type': 'table-settings';
  'object-locator': Locator;
  'parallel-load'?: { type: 'ranges'; columns: string[]; boundaries: string[][] } | { type: 'none' };
  'lob-settings'?: { mode: 'limited' | 'unlimited' | 'none'; 'bulk-max-size'?: string };
}
export interface Locator {
  'schema-name': string;
  'table-name'?: string;
  'column-name'?: string;
}
export interface Filter {
  'column-name': string;
  /** One of them is enough; of several filters all must hold. */
  'filter-conditions': FilterCondition[];
}
interface FilterCondition {
  'filter-operator': 'eq' | 'noteq' | 'ste' | 'lte' | 'gte' | 'between' | 'notbetween' | 'null' | 'notnull';
  value?: string;
  'start-value'?: string;
  'end-value'?: string;
}

const COMMON = ['rule-type', 'rule-id', 'rule-name', 'object-locator'];
const KEYS = {
  selection: [...COMMON, 'rule-action', 'filters', 'load-order'],
  transformation: [...COMMON, 'rule-action', 'rule-target', 'value', 'old-value'],
  'table-settings': [...COMMON, 'parallel-load', 'lob-settings'],
};
const ACTIONS = {
  selection: ['include', 'exclude', 'explicit'],
  transformation: ['rename', 'remove-column', 'include-column'],
};
const OPERANDS: Record<FilterCondition['filter-operator'], string[]> = {
  eq: ['value'],
  noteq: ['value'],
  ste: ['value'],
  lte: ['value'],
  gte: ['value'],
  between: ['start-value', 'end-value'],
  notbetween: ['start-value', 'end-value'],
  null: [],
  notnull: [],
};

/** @throws Error that names the rule and what is wrong with it */
export function readTableMappings(json: string): Mappings {
  const { rules } = JSON.parse(json) as { rules?: unknown };
  if (!Array.isArray(rules) || rules.length === 0) throw new Error('rules must be a list that is not empty.');
  const seen = new Set<unknown>();
  for (const rule of rules as Record<string, unknown>[]) {
    checkRule(rule);
    for (const name of [`id ${String(rule['rule-id'])}`, `name ${String(rule['rule-name'])}`]) {
      if (seen.has(name)) throw new Error(`Two rules have the ${name}.`);
      seen.add(name);
    }
  }
  const mappings = { rules: rules as Rule[] };
  if (!mappings.rules.some(isInclusion)) throw new Error('No rule selects anything.');
  return mappings;
}

function checkRule(rule: Record<string, unknown>): void {
  const fail = (wrong: string): never => {
    throw new Error(`Rule ${String(rule['rule-name'])}: ${wrong}.`);
  };
  const type = rule['rule-type'] as keyof typeof KEYS;
  const keys = KEYS[type] ?? fail(`${type} is no type of rule that the stand-in knows`);
  const unknown = Object.keys(rule).find((key) => !keys.includes(key));
  if (unknown !== undefined) fail(`it has no ${unknown}`);
  if (!/^\d+$/.test(String(rule['rule-id']))) fail('its rule-id must be a number');
  if (typeof rule['rule-name'] !== 'string' || rule['rule-name'] === '') fail('its rule-name is missing');
  if (type !== 'table-settings' && !ACTIONS[type].includes(String(rule['rule-action']))) {
    fail(`the stand-in has no action ${String(rule['rule-action'])}`);
  }
  checkLocator(rule, fail);
  const filters = (rule['filters'] ?? []) as Filter[];
  if (filters.length > 0 && JSON.stringify(rule['object-locator']).includes('%')) fail('filters need exact names');
  for (const filter of filters) checkFilter(filter, fail);
}

function checkLocator(rule: Record<string, unknown>, fail: (wrong: string) => never): void {
  const locator = (rule['object-locator'] ?? {}) as Partial<Locator>;
  const level = rule['rule-type'] === 'transformation' ? rule['rule-target'] : 'table';
  const needed = { schema: ['schema-name'], table: ['schema-name', 'table-name'] }[level as 'schema' | 'table'] ?? [
    'schema-name',
    'table-name',
    'column-name',
  ];
  for (const name of needed as (keyof Locator)[]) {
    if (typeof locator[name] !== 'string' || locator[name] === '') fail(`its object-locator lacks ${name}`);
  }
  if (rule['rule-action'] === 'rename' && typeof rule['value'] !== 'string') fail('a rename needs a value');
}

function checkFilter(filter: Filter, fail: (wrong: string) => never): void {
  if ((filter as { 'filter-type'?: string })['filter-type'] !== 'source')
    fail('a filter must have the filter-type source');
  if (typeof filter['column-name'] !== 'string') fail('a filter lacks its column-name');
  const conditions = filter['filter-conditions'];
  if (!Array.isArray(conditions) || conditions.length === 0) fail('a filter has no filter-conditions');
  for (const condition of conditions) {
    const operator = condition['filter-operator'];
    const operands = OPERANDS[operator] ?? fail(`there is no filter-operator ${operator}`);
    for (const operand of operands) {
      if (typeof (condition as unknown as Record<string, unknown>)[operand] !== 'string')
        fail(`${operator} needs ${operand} as text`);
    }
  }
}

export function isInclusion(rule: Rule): rule is SelectionRule {
  return rule['rule-type'] === 'selection' && rule['rule-action'] !== 'exclude';
}

/** `%`, `_`, `[_]`, `[ab]` and `[a-d]`: "Wildcards in table mapping" in the DMS user guide. */
const WILDCARDS = /%|_|\[[^\]]+\]/;

/** Whether a locator means the name, which it does letter by letter where its rule is explicit. */
export function matches(pattern: string | undefined, name: string, isExplicit = false): boolean {
  if (pattern === undefined || isExplicit) return pattern === undefined || pattern === name;
  const parts = pattern.split(new RegExp(`(${WILDCARDS.source})`));
  return new RegExp(`^${parts.map(partOf).join('')}$`, 'su').test(name);
}

function partOf(part: string): string {
  if (part === '%') return '.*';
  if (part === '_') return '.';
  if (WILDCARDS.test(part)) return part.replaceAll(/[\^\\]/g, String.raw`\$&`);
  return part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
}
