import type { Engine } from '../request/schema.ts';

/** Where a database is and how to log in. Never stored, logged or passed on: only a connection is made from it. */
export interface DatabaseAddress {
  engine: Engine;
  host: string;
  port: number;
  database: string;
  user: string;
  password: string;
  /** Absent: no TLS asked for. `ca` is PEM. */
  tls?: { verify: boolean; ca?: string };
}
