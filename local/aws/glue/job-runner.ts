/** What runs a job for the stand-in, in place of Glue's workers: real Spark, or whatever a test puts here. */
export interface JobRunner {
  /** At once, and goes on by itself. */
  begin(job: JobToRun): RunningJob;
}

export interface JobToRun {
  /** `s3://…` of the script, and of what it imports. */
  script: string;
  extraFiles: string[];
  /** `--name` and value, as the script gets them. */
  args: string[];
}

export interface RunningJob {
  /** Undefined while it runs. Without an error the script came to its end; else what Glue shows as ErrorMessage. */
  end(): { error?: string } | undefined;
  readonly ended: Promise<void>;
  /** Resolves when no process is left. */
  stop(): Promise<void>;
}

/** What a job reaches of AWS: stand-ins. */
export interface JobSurroundings {
  s3: { endpoint: string };
  secrets: { endpoint: string };
  /** Where the objects of S3 lie as files, `<bucket>/<key>`. */
  objects: string;
}
