import {
  ComputeEnvironment,
  ConnectionStatus,
  ConnectionType,
  ExecutionClass,
  JobMode,
  WorkerType,
} from '@aws-sdk/client-glue';
import type { Enums } from '../model-check.ts';

/**
 * The enums that the SDK's types name, in what a request can hold here; its schemas only say that they are strings. A run's
 * state isn't among them: a test may show one that the SDK doesn't know.
 */
export const ENUMS: Enums = {
  ConnectionInput: { ConnectionType },
  CreateJobRequest: { JobMode, WorkerType, ExecutionClass },
  GetConnectionRequest: { ApplyOverrideForComputeEnvironment: ComputeEnvironment },
  GetConnectionsFilter: { ConnectionType },
  StartJobRunRequest: { WorkerType, ExecutionClass },
  // What is answered.
  Connection: { ConnectionType, Status: ConnectionStatus },
  CreateConnectionResponse: { CreateConnectionStatus: ConnectionStatus },
  Job: { JobMode, WorkerType, ExecutionClass },
};
