/** A clock for stand-ins: real time × pace, so that minutes of AWS pass in seconds here. */
export interface Clock {
  now(): Date;
  pace: number;
}

/** Begins at the present, and goes `pace` times as fast. */
export function scaledClock(pace: number): Clock {
  const startedAt = Date.now();
  return { now: () => new Date(startedAt + (Date.now() - startedAt) * pace), pace };
}
