import type { QualifiedName, Survey, TablePlan, TableSurvey } from '../../../model.ts';
import type { Load } from '../../../services.ts';
import { isLob } from './carried-types.ts';

/**
 * How a table's large objects (LOBs) are moved.
 *
 * - unlimited: DMS inserts the row first and looks each LOB up by the key. So it takes a key on both sides, and columns
 *   that may be NULL in the target.
 * - limited: LOBs come with their rows, and what is longer than the limit is cut off.
 *
 * AWS's user guide for DMS, "Setting LOB support", "Specifying LOB settings for a selected table"; NOT NULL in either mode:
 * re:Post, "null value in column violates not-null constraint".
 */
export type LobMode = { mode: 'none' | 'unlimited' } | { mode: 'limited'; kilobytes: number };

/** In this unit DMS takes the limit. */
const KILOBYTE = 1_024;
/** The highest limit that AWS recommends. */
const MOST_KILOBYTES = 102_400;
/** What is short costs little, and may have grown since it was measured. */
const LEAST_KILOBYTES = 64;
/** DMS counts text as two bytes a character, and beyond the Basic Multilingual Plane as four. */
const BYTES_COUNTED_A_BYTE = 4;
/** Values may have become twice as long since they were measured. */
const GROWTH = 2;

/** @returns the mode, or why none would move all of every value */
export function lobModeOf(table: TablePlan, survey: Survey): LobMode | { obstacle: string } {
  const { source, target, lobs } = lobsOf(table, survey);
  if (lobs.length === 0) return { mode: 'none' };
  const inKey = lobs.find((column) => source.key?.includes(column.source) || target?.key?.includes(column.target));
  if (inKey) return { obstacle: `${inKey.source} is a large object, which DMS doesn't load as a part of a key` };
  const required = lobs.find((lob) => !placeOf(lob.target, target)?.nullable);
  if (!required && haveSameKey(table, target)) return { mode: 'unlimited' };

  const why = required
    ? `${required.target} may not be NULL in the target, so DMS must insert it with its row`
    : 'source and target do not have the same key, so DMS must insert large objects with their row';
  if (source.largestLobBytes === undefined) {
    return {
      obstacle: `${why}, up to a limit, and how long the longest value is has not been measured, or not in time`,
    };
  }
  const needed = Math.ceil((source.largestLobBytes * BYTES_COUNTED_A_BYTE) / KILOBYTE);
  if (needed > MOST_KILOBYTES) {
    const megabytes = Math.ceil(source.largestLobBytes / KILOBYTE / KILOBYTE);
    const most = MOST_KILOBYTES / BYTES_COUNTED_A_BYTE / KILOBYTE;
    return { obstacle: `${why}, and its longest value has ${megabytes} MB, of at most ${most} MB` };
  }
  return { mode: 'limited', kilobytes: Math.min(MOST_KILOBYTES, Math.max(LEAST_KILOBYTES, needed * GROWTH)) };
}

/** Up to how many kilobytes (of 1,024 bytes, as DMS counts them) the table's LOBs are moved; undefined without such a limit. */
export function lobLimitKilobytes(table: TablePlan, survey: Survey): number | undefined {
  const mode = lobModeOf(table, survey);
  return 'mode' in mode && mode.mode === 'limited' ? mode.kilobytes : undefined;
}

/** A target table that was loaded in limited mode. */
export interface LimitedLobs {
  table: QualifiedName;
  /** The target's names. */
  columns: string[];
  /** A value of as many bytes, or of more, may have been cut off: DMS may count four for each. */
  fromBytes: number;
}

/** The tables of which only the target can tell whether every value arrived whole. */
export function limitedLobs({ plan, survey }: Pick<Load, 'plan' | 'survey'>): LimitedLobs[] {
  return plan.tables.flatMap((table) => {
    const kilobytes = lobLimitKilobytes(table, survey);
    if (kilobytes === undefined) return [];
    const columns = lobsOf(table, survey).lobs.map((column) => column.target);
    return [{ table: table.target, columns, fromBytes: (kilobytes * KILOBYTE) / BYTES_COUNTED_A_BYTE }];
  });
}

function lobsOf(table: TablePlan, survey: Survey) {
  const source = survey.source.tables.find(({ name }) => name === table.source);
  const target = survey.target?.tables.find(({ name }) => name === table.target);
  if (!source) throw new Error(`The survey does not describe ${table.source}.`);
  const lobs = table.columns.filter((column) => {
    const surveyed = source.columns.find(({ name }) => name === column.source);
    return surveyed !== undefined && isLob(surveyed, survey.source.engine);
  });
  return { source, target, lobs };
}

function placeOf(name: string, target: TableSurvey | undefined) {
  return target?.columns.find((column) => column.name === name);
}

function haveSameKey({ key, columns }: TablePlan, target: TableSurvey | undefined): boolean {
  const there = key?.map((name) => columns.find(({ source }) => source === name)?.target);
  return (
    there !== undefined && there.length === target?.key?.length && there.every((name) => target.key!.includes(name!))
  );
}
