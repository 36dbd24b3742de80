/**
 * What may go wrong with a call: `lost before` cuts the connection without acting, `lost after` acts and cuts it before
 * the answer; `vanished` removes what the request names first, as if somebody had deleted it; or any fault by its name.
 */
export type FaultKind =
  | 'throttled'
  | 'lost before'
  | 'lost after'
  | 'access denied'
  | 'vanished'
  | { fault: string; message?: string };

export interface ScriptedFault {
  /** Without it, of whatever operation comes. */
  operation?: string;
  kind: FaultKind;
  /** The first that it happens to, counted from now on: 1, unless told. */
  nth?: number;
  /** How many in a row: 1, unless told. */
  times?: number;
}

/** Faults that tests write down beforehand. */
export class Faults {
  /** What was done, in order. */
  readonly injected: { operation: string; kind: FaultKind }[] = [];
  #scripted: { operation?: string; kind: FaultKind; skip: number; left: number }[] = [];

  next({ operation, kind, nth = 1, times = 1 }: ScriptedFault): void {
    this.#scripted.push({ ...(operation !== undefined && { operation }), kind, skip: nth - 1, left: times });
  }

  /** Forgets what was written down and hasn't happened. */
  clear(): void {
    this.#scripted = [];
  }

  take(operation: string): FaultKind | undefined {
    const scripted = this.#scripted.find((fault) => fault.operation === undefined || fault.operation === operation);
    if (scripted === undefined) return undefined;
    if (scripted.skip > 0) {
      scripted.skip -= 1;
      return undefined;
    }
    scripted.left -= 1;
    if (scripted.left === 0) this.#scripted = this.#scripted.filter((fault) => fault !== scripted);
    this.injected.push({ operation, kind: scripted.kind });
    return scripted.kind;
  }
}
