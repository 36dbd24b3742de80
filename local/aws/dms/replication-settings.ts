/**
 * What the stand-in understands of a task's settings, with DMS's own defaults, which hide failures: "Task settings" in the
 * DMS user guide. Sections that only matter for changes are taken and left alone.
 */
export interface Settings {
  prepareTarget: 'DO_NOTHING' | 'TRUNCATE_BEFORE_LOAD' | 'DROP_AND_CREATE';
  lobs: 'none' | 'limited' | 'full';
  /** Limited mode: what a value is cut at. */
  lobMaxKilobytes: number;
  /** Full mode: smaller ones go with their rows. */
  inlineKilobytes: number;
  onDataError: ErrorPolicy;
  onDataTruncation: ErrorPolicy;
  onTableError: ErrorPolicy;
  failsWithoutTables: boolean;
  validates: boolean;
  /** Where DMS's own tables stand; empty: the engine's default. */
  controlSchema: string;
}
export type ErrorPolicy = 'IGNORE_RECORD' | 'LOG_ERROR' | 'SUSPEND_TABLE' | 'STOP_TASK';

const SECTIONS = new Set([
  'BeforeImageSettings',
  'ChangeProcessingDdlHandlingPolicy',
  'ChangeProcessingTuning',
  'CharacterSetSettings',
  'ControlTablesSettings',
  'ErrorBehavior',
  'FailTaskWhenCleanTaskResourceFailed',
  'FullLoadSettings',
  'Logging',
  'LoopbackPreventionSettings',
  'PostProcessingRules',
  'StreamBufferSettings',
  'TTSettings',
  'TargetMetadata',
  'ValidationSettings',
]);
const POLICIES = ['IGNORE_RECORD', 'LOG_ERROR', 'SUSPEND_TABLE', 'STOP_TASK'] as const;
const PREPARATIONS = ['DO_NOTHING', 'TRUNCATE_BEFORE_LOAD', 'DROP_AND_CREATE'] as const;

/** @throws Error that says what is wrong */
export function checkSettings(json: string): void {
  readSettings(json);
}

export function readSettings(json: string): Settings {
  const all = object(JSON.parse(json), 'the settings');
  const unknown = Object.keys(all).find((section) => !SECTIONS.has(section));
  if (unknown !== undefined) throw new Error(`${unknown} is no section of the settings.`);
  const section = (name: string) => object(all[name] ?? {}, name);
  const [target, full, errors, validation, control] = [
    section('TargetMetadata'),
    section('FullLoadSettings'),
    section('ErrorBehavior'),
    section('ValidationSettings'),
    section('ControlTablesSettings'),
  ];
  const isFull = flag(target, 'FullLobMode', false);
  const isLimited = flag(target, 'LimitedSizeLobMode', !isFull);
  if (isFull && isLimited) throw new Error('FullLobMode and LimitedSizeLobMode cannot both be true.');
  return {
    prepareTarget: word(full, 'TargetTablePrepMode', PREPARATIONS, 'DROP_AND_CREATE'),
    lobs: !flag(target, 'SupportLobs', true) ? 'none' : isFull ? 'full' : 'limited',
    lobMaxKilobytes: count(target, 'LobMaxSize', 32),
    inlineKilobytes: count(target, 'InlineLobMaxSize', 0),
    onDataError: word(errors, 'DataErrorPolicy', POLICIES, 'LOG_ERROR'),
    onDataTruncation: word(errors, 'DataTruncationErrorPolicy', POLICIES, 'LOG_ERROR'),
    onTableError: word(errors, 'TableErrorPolicy', POLICIES, 'SUSPEND_TABLE'),
    failsWithoutTables: flag(errors, 'FailOnNoTablesCaptured', false),
    validates: flag(validation, 'EnableValidation', false),
    controlSchema: text(control, 'ControlSchema', ''),
  };
}

type Section = Record<string, unknown>;

function object(value: unknown, name: string): Section {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Section;
  if (typeof value === 'boolean' || value === null) return {};
  throw new Error(`${name} must be an object.`);
}

function flag(section: Section, name: string, otherwise: boolean): boolean {
  const value = section[name] ?? otherwise;
  if (typeof value === 'boolean') return value;
  throw new Error(`${name} must be true or false.`);
}

function count(section: Section, name: string, otherwise: number): number {
  const value = section[name] ?? otherwise;
  if (typeof value === 'number' && Number.isInteger(value) && value >= 0) return value;
  throw new Error(`${name} must be a whole number.`);
}

function text(section: Section, name: string, otherwise: string): string {
  const value = section[name] ?? otherwise;
  if (typeof value === 'string') return value;
  throw new Error(`${name} must be text.`);
}

function word<T extends string>(section: Section, name: string, words: readonly T[], otherwise: T): T {
  const value = (section[name] ?? otherwise) as T;
  if (words.includes(value)) return value;
  throw new Error(`${name} must be one of ${words.join(', ')}.`);
}
