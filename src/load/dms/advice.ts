/** What to do about a fault, by the name that DMS gives it; docs/strategies/dms.md says more. */
const FAULTS = {
  AccessDeniedException:
    'Allow the role of the function that calls DMS what the message names, and run the load again.',
  AccessDeniedFault:
    "DMS may not use a role: see that dms-vpc-role exists in the account, and that the deployment's access role can be assumed by DMS and may read the secrets.",
  FailedDependencyFault: 'Something that DMS relies on failed: look at what the message names, and run the load again.',
  InsufficientResourceCapacityFault:
    'AWS has no such instance to give there now: set another dms.replicationInstanceClass, name subnets in other availability zones, or run the load again later.',
  InvalidParameterCombinationException:
    'DMS takes no such combination: correct the fields of the request that the message names.',
  InvalidParameterValueException: 'DMS takes no such value: correct the field of the request that the message names.',
  InvalidResourceStateFault:
    'Something else changes or uses it: wait until it is as it should be, and run the load again.',
  InvalidSubnet: "Correct the subnets of the deployment: all of one VPC, and the load's security groups in it too.",
  KMSAccessDeniedFault: 'Allow the role that the message names to use the KMS key.',
  KMSDisabledFault: 'Enable the KMS key, and run the load again.',
  KMSFault: 'Look at the KMS key that the message names, and run the load again.',
  KMSInvalidStateFault: 'Bring the KMS key back into a state in which it can be used, and run the load again.',
  KMSKeyNotAccessibleFault: "Let DMS use the KMS key: see the key's policy and that it is enabled.",
  KMSNotFoundFault: 'Name a KMS key that exists in this region.',
  ReplicationSubnetGroupDoesNotCoverEnoughAZs:
    'Name subnets of at least two availability zones in the deployment, or a subnet group that has them in dms.subnetGroup.',
  ResourceAlreadyExistsFault: 'Remove what has this name if nobody needs it, or run the load under another loadId.',
  ResourceNotFoundFault:
    'Something is gone that the load needs: see that what the request names exists in this region, and that nobody deletes what begins with il-; then run the load again.',
  ResourceQuotaExceededFault:
    "The account's quota for DMS is used up: remove what nobody needs, or ask AWS for more, and run the load again.",
  S3AccessDeniedFault: "Allow the deployment's access role to write to the bucket for assessments.",
  S3ResourceNotFoundFault: 'Make the bucket for assessments that the deployment names, in this region.',
  StorageQuotaExceededFault:
    "The account's quota for the storage of replication instances is used up: remove what nobody needs, or ask AWS for more.",
  SubnetAlreadyInUse: 'Name other subnets in the deployment.',
};

/** What to do where DMS gives no fault, but something that it describes is not as it should be. */
const SITUATIONS = {
  'assessment failed':
    "Mend what the assessments name (their results are in the deployment's bucket), or run the load without dms.assessment.",
  'assessment broke off':
    'Run the load again; if that happens again, look at the assessment in the console, or run the load without dms.assessment.',
  'connection failed':
    "See that the security groups let the replication instance in at the database's port, that the secret holds the right user, password, host and port, and that the deployment's access role may read it.",
  'instance deleted': 'Find out who deletes it, and run the load again.',
  'instance failed': 'Run the load again; if that happens again, set another dms.replicationInstanceClass.',
  'instance incompatible-credentials':
    "See that DMS may use the account's KMS key for replication instances, and run the load again.",
  'instance incompatible-network':
    'See that the subnets exist, have free addresses, and stand in one VPC with the security groups, and run the load again.',
  'instance storage-full': 'Give the instance more storage, or name one that has it, and run the load again.',
  'of another request':
    'It was made for another request under this loadId, and goes now that this attempt is torn down: run the load again.',
  'unknown status': 'This version does not know what that means: look at it in the console, and report it as a defect.',
};

type Advised = keyof typeof FAULTS | keyof typeof SITUATIONS;
const ADVICE: Record<Advised, string> = { ...FAULTS, ...SITUATIONS };

/** What docs/strategies/dms.md lists. */
export const ADVISED_FAULTS = Object.keys(ADVICE) as Advised[];

/** One sentence: what to do about a fault of DMS, or about a situation by the name that this file gives it. */
export function adviceFor(fault: string): string {
  return ADVICE[fault as Advised] ?? 'Mend what DMS names, and run the load again.';
}
