export interface Held {
  /** Fulfilled when what is held back has come. */
  reached: Promise<void>;
  release(): void;
}

/** What awaits pass() stands still until it is released. */
export function gate(): Held & { pass(): Promise<void> } {
  let reach = () => {};
  let release = () => {};
  const reached = new Promise<void>((resolve) => {
    reach = resolve;
  });
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  return {
    reached,
    release: () => release(),
    pass: () => {
      reach();
      return released;
    },
  };
}
