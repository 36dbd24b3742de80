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
  /** Only of requests that hold this text: the name of a resource. */
  about?: string;
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
  #scripted: { operation: string | undefined; about: string; kind: FaultKind; skip: number; left: number }[] = [];

  /** @returns takes it off the script again, if it hasn't happened */
  next({ operation, about = '', kind, nth = 1, times = 1 }: ScriptedFault): () => void {
    const fault = { operation, about, kind, skip: nth - 1, left: times };
    this.#scripted.push(fault);
    return () => this.#drop(fault);
  }

  /** Forgets what was written down and hasn't happened. */
  clear(): void {
    this.#scripted = [];
  }

  /** @param input as it came */
  take(operation: string, input: unknown): FaultKind | undefined {
    const text = JSON.stringify(input) ?? '';
    const scripted = this.#scripted.find(
      (fault) => (fault.operation ?? operation) === operation && text.includes(fault.about),
    );
    if (scripted === undefined) return undefined;
    if (scripted.skip > 0) {
      scripted.skip -= 1;
      return undefined;
    }
    scripted.left -= 1;
    if (scripted.left === 0) this.#drop(scripted);
    this.injected.push({ operation, kind: scripted.kind });
    return scripted.kind;
  }

  #drop(one: object): void {
    this.#scripted = this.#scripted.filter((fault) => fault !== one);
  }
}
