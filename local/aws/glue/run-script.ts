/** What happens to a run whatever its job does, as a test writes it down beforehand. */
export interface RunScript {
  /** Only of a job whose name holds this text. */
  about?: string;
  /** Its end, before the job's own script has begun. */
  ends?: { state: string; message?: string };
  /** Until it is stopped, or its time is over; the job's own script isn't begun either. */
  neverEnds?: true;
  /** All the same the job's own script comes to its end first. */
  afterWork?: true;
  /** It has ended before anybody can ask for its state. */
  atOnce?: true;
  /** Shown instead of its state, for so many seconds since its start: for good, unless told. It goes on meanwhile. */
  shows?: string;
  showsForSeconds?: number;
}

/** The first that is about such a job, which is used up. */
export function takeScript(scripts: RunScript[], job: string): RunScript {
  const index = scripts.findIndex(({ about = '' }) => job.includes(about));
  return (index === -1 ? undefined : scripts.splice(index, 1)[0]) ?? {};
}
