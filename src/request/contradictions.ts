import { isDeepStrictEqual } from 'node:util';
import { RequestError } from '../errors.ts';
import { databaseTargetOf, isUpsert } from './database-target.ts';
import { assertDmsSettings } from './dms-settings.ts';
import { parseReference } from './reference.ts';
import type { Condition, LoadRequest, StrategyName } from './schema.ts';
import { targetNameOf } from './table-names.ts';
import { assertTransformSettings } from './transform-settings.ts';
import { assertSafeUrl } from './urls.ts';

type Check = (request: LoadRequest) => void;

/** Which strategies read a request's settings of that name. */
const SETTINGS: Record<'direct' | 'dms' | 'glue' | 'kafka', StrategyName[]> = {
  direct: ['direct'],
  dms: ['dms'],
  glue: ['glue'],
  kafka: ['kafka-topic', 'glue', 'replay'],
};

/**
 * What the fields say one by one may be right and yet not go together. Only what the request alone can tell is checked
 * here; what depends on the databases is for the plan.
 * @throws RequestError
 */
export function assertNoContradiction(request: LoadRequest): void {
  for (const check of CHECKS) check(request);
}

const CHECKS: Check[] = [
  function referencesAreReferences(request) {
    const { source, notify } = request;
    const target = databaseTargetOf(request);
    assertReferences(source.connection, 'source.connection');
    if (target) assertReferences(target.connection, 'target.connection');
    notify.forEach((channel, index) => {
      if (channel.channel === 'webhook') parseReference(channel.secret, `notify[${index}].secret`);
    });
  },
  function urlsAreSafe({ notify }) {
    notify.forEach((channel, index) => {
      if (channel.channel === 'webhook') assertSafeUrl(channel.url, `notify[${index}].url`);
      if (channel.channel === 'sqs') assertSafeUrl(channel.queueUrl, `notify[${index}].queueUrl`);
    });
  },
  function rowsGoSomewhere({ target, topics }) {
    if (target || topics) return;
    throw new RequestError({
      field: 'target',
      wrong: 'neither target nor topics says where the rows go',
      advice: 'Give a target (a database, or S3), or topics, or both',
    });
  },
  function rowsDontGoWhereTheyCameFrom(request) {
    const { source } = request;
    const target = databaseTargetOf(request);
    if (!target || !isDeepStrictEqual(source.connection, target.connection)) return;
    const names = source.tables.map((table) => (typeof table === 'string' ? table : table.name));
    const same = names.find(
      (name) => (name.endsWith('.*') ? (target.tables[name] ?? name) : targetNameOf(name, target.tables)) === name,
    );
    if (same === undefined) return;
    throw new RequestError({
      field: 'target.connection',
      wrong: `it is the source's own, so ${same} would be loaded into itself`,
      advice: 'Name another database, or another table in target.tables',
    });
  },
  function replayIsAccepted({ strategy, acceptReplay }) {
    if (strategy !== 'replay' || acceptReplay === true) return;
    throw new RequestError({
      field: 'acceptReplay',
      ...(acceptReplay !== undefined && { value: acceptReplay }),
      wrong:
        'with strategy "replay" every consumer of the main topic sees all rows again, and a row may go back to an older value for a moment',
      advice: 'Write "acceptReplay": true if that is acceptable, or choose another strategy',
    });
  },
  function replayGoesToLiveTopics({ strategy, kafka, limits }) {
    if (strategy !== 'replay') {
      if (limits.maxConsumerLag === undefined) return;
      throw new RequestError({
        field: 'limits.maxConsumerLag',
        value: limits.maxConsumerLag,
        wrong: `only a replay pauses for consumers that are behind, and strategy "${strategy}" is asked for`,
        advice: 'Remove it',
      });
    }
    const temporary = (['partitions', 'replicationFactor', 'retentionHours'] as const).find((name) => kafka?.[name]);
    if (temporary === undefined) return;
    throw new RequestError({
      field: `kafka.${temporary}`,
      value: kafka?.[temporary],
      wrong: 'it is a setting of temporary topics, and a replay makes none',
      advice: 'Remove it',
    });
  },
  function kafkaStrategiesHaveTopics({ strategy, topics }) {
    if ((strategy !== 'kafka-topic' && strategy !== 'replay') || topics) return;
    throw new RequestError({
      field: 'topics',
      wrong: `it is missing, but strategy "${strategy}" publishes to topics`,
      advice: 'Give topics with brokers and tables, or choose another strategy',
    });
  },
  function signalsAreForReplay({ strategy, source, topics, verify }) {
    if (!topics?.signals) return;
    if (verify === 'checksums') {
      throw new RequestError({
        field: 'verify',
        value: verify,
        wrong: 'what a connector publishes has no checksum to be compared with',
        advice: 'Write "counts": then every row is looked for in the topic, by its key',
      });
    }
    if (strategy !== 'replay') {
      throw new RequestError({
        field: 'topics.signals',
        wrong: `a connector is asked for a snapshot with strategy "replay" only, but strategy "${strategy}" is asked for`,
        advice: 'Remove it, or write "strategy": "replay"',
      });
    }
    if (source.engine === 'postgres') return;
    throw new RequestError({
      field: 'source.engine',
      value: source.engine,
      wrong: 'a connector of this engine cannot be asked for a snapshot yet',
      advice: 'Remove topics.signals, or use a source of the engine "postgres"',
    });
  },
  function onlyGlueWritesFiles({ strategy, target }) {
    if (target?.engine !== 's3' || strategy === 'auto' || strategy === 'glue') return;
    throw new RequestError({
      field: 'strategy',
      value: strategy,
      wrong: 'only "glue" writes to S3',
      advice: 'Write "strategy": "glue" or "auto", or give a database as target',
    });
  },
  function checksumsAreOfTopics({ verify, target }) {
    if (verify !== 'checksums' || !target) return;
    throw new RequestError({
      field: 'verify',
      value: verify,
      wrong: 'checksums are compared for topics only, in this version, and the request has a target',
      advice: 'Write "verify": "counts", or load into topics',
    });
  },
  function topicsHaveNoSettingsBesideATarget({ strategy, target, kafka }) {
    if (strategy !== 'glue' || !target || !kafka) return;
    throw new RequestError({
      field: 'kafka',
      wrong: 'these are settings of temporary topics, and with a target the rows go there',
      advice: 'Remove them, or the target',
    });
  },
  function settingsAreOfTheStrategy(request) {
    const { strategy } = request;
    if (strategy === 'auto') return;
    for (const [settings, readers] of Object.entries(SETTINGS) as [keyof typeof SETTINGS, StrategyName[]][]) {
      if (request[settings] === undefined || readers.includes(strategy)) continue;
      throw new RequestError({
        field: settings,
        wrong: `these are settings of strategy ${readers.map((reader) => `"${reader}"`).join(' and ')}, but strategy "${strategy}" is asked for`,
        advice: `Remove them, or write "strategy": "${readers[0]}" or "auto"`,
      });
    }
  },
  assertDmsSettings,
  assertTransformSettings,
  function upsertIsKept(request) {
    const { onFailure } = request;
    if (!isUpsert(request) || onFailure === 'keep') return;
    throw new RequestError({
      field: 'onFailure',
      value: onFailure,
      wrong:
        'rows that an upsert has written over cannot be brought back, so a failed load cannot leave the target as it was found',
      advice: 'Write "onFailure": "keep", or another target.ifNotEmpty',
    });
  },
  function columnsAreNamedOnce({ source }) {
    source.tables.forEach((table, index) => {
      if (typeof table === 'string' || !table.columns) return;
      const twice = table.columns.find((column, at) => table.columns!.indexOf(column) !== at);
      if (twice === undefined) return;
      throw new RequestError({
        field: `source.tables[${index}].columns`,
        value: twice,
        wrong: 'the column is named twice',
        advice: 'Name it once',
      });
    });
  },
  function numbersAreExact({ source }) {
    source.tables.forEach((table, index) => {
      if (typeof table === 'string') return;
      table.where?.forEach((condition, at) => {
        const value = comparedWith(condition);
        if (typeof value !== 'number' || !Number.isInteger(value) || Number.isSafeInteger(value)) return;
        throw new RequestError({
          field: `source.tables[${index}].where[${at}]`,
          value,
          wrong: 'JSON numbers of this size are rounded when they are read',
          advice: 'Write the number as a string, in double quotes',
        });
      });
    });
  },
];

function assertReferences(connection: LoadRequest['source']['connection'], field: string): void {
  if (typeof connection === 'string') parseReference(connection, field);
  else parseReference(connection.secret, `${field}.secret`);
}

function comparedWith(condition: Condition): unknown {
  const { column: _column, ...comparison } = condition;
  return Object.values(comparison)[0];
}
