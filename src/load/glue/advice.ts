/** What to do about a fault, by the name that Glue gives it; docs/strategies/glue.md says more. */
const FAULTS = {
  AccessDeniedException:
    'Allow the role of the function that calls Glue what the message names, and run the load again.',
  AlreadyExistsException: 'Remove what has this name if nobody needs it, or run the load under another loadId.',
  ConcurrentModificationException: 'Something else changes it at this moment: run the load again.',
  ConcurrentRunsExceededException:
    'Another run of this job is under way: find out who started it, stop it, and run the load again.',
  EntityNotFoundException:
    'Something is gone that the load needs: see that nobody deletes what begins with il-, and run the load again.',
  GlueEncryptionException:
    "See that the function's role may use the KMS key of the account's Data Catalog, and run the load again.",
  IdempotentParameterMismatchException:
    'There is another job of this name: remove it if nobody needs it, or run the load under another loadId.',
  InternalServiceException: 'Glue failed inside: run the load again.',
  InvalidInputException:
    "Glue takes no such value: correct the field of the request, or the deployment's parameter, that the message names.",
  OperationTimeoutException: 'Glue did not answer in time: run the load again.',
  ResourceNumberLimitExceededException:
    "The account's quota for Glue is used up: remove what nobody needs, set fewer glue.numberOfWorkers, or ask AWS for more.",
};

/** What to do where Glue gives no fault, but a run or something of the load is not as it should be. */
const SITUATIONS = {
  'connection failed':
    "See that the deployment's subnet, its availability zone and its security groups exist in one VPC, and run the load again.",
  'job gone': 'Find out who deleted it, and run the load again.',
  'not ours': 'Remove or rename it if nobody needs it, or run the load under another loadId.',
  'of another request':
    'It was made for another request under this loadId, and goes now that this attempt is torn down: run the load again.',
  'report missing':
    "See in its log how the script ended and that the job's role may write the report into the load store, and run the load again.",
  'run ERROR':
    "Glue could not run it: see that the subnet has free addresses and routes to S3 and Secrets Manager, that one security group lets in itself, and that the job's role may be assumed by Glue.",
  'run EXPIRED': 'It waited too long for a place to run in: run the load again when fewer jobs do.',
  'run FAILED': 'Mend what the message names, or what its log says, and run the load again.',
  'run STOPPED': 'Somebody stopped it, and this load did not: find out who, and run the load again.',
  'run TIMEOUT': 'Raise glue.timeoutMinutes, limits.deadlineMinutes or glue.numberOfWorkers, and run the load again.',
  'script missing': "Correct transform.script, let the function's role read it, and run the load again.",
  'script not deployed':
    "Name the folder with the job's own script in GLUE_SCRIPT_DIRECTORY, as the repository has it in glue/.",
  stalled:
    "Look at the job's log, and at what waits for locks in source and target, and run the load again; glue.workerType gives its workers more memory.",
  'unknown state': 'This version does not know what that means: look at it in the console, and report it as a defect.',
};

type Advised = keyof typeof FAULTS | keyof typeof SITUATIONS;
const ADVICE: Record<Advised, string> = { ...FAULTS, ...SITUATIONS };

/** What docs/strategies/glue.md lists. */
export const ADVISED_FAULTS = Object.keys(ADVICE) as Advised[];

/** One sentence: what to do about a fault of Glue, or about a situation by the name that this file gives it. */
export function adviceFor(fault: string): string {
  return ADVICE[fault as Advised] ?? 'Mend what Glue names, and run the load again.';
}
