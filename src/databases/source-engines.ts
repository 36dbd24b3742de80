import { RequestError } from '../errors.ts';
import type { Engine } from '../request/schema.ts';
import { mysql } from './mysql/engine.ts';
import { postgres } from './postgres/engine.ts';
import type { SourceEngine } from './source-engine.ts';

const SOURCE_ENGINES: Partial<Record<Engine, SourceEngine>> = { postgres, mysql, mariadb: mysql };

/** @throws RequestError for an engine that nothing here can read */
export function sourceEngineOf(engine: Engine): SourceEngine {
  const found = SOURCE_ENGINES[engine];
  if (found) return found;
  throw new RequestError({
    field: 'source.engine',
    value: engine,
    wrong: 'databases of this engine cannot be surveyed yet',
    advice: `Use ${Object.keys(SOURCE_ENGINES)
      .map((name) => `"${name}"`)
      .join(', ')}`,
  });
}
