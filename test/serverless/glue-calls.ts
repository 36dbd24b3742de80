/**
 * What each function asks of Glue, as operations of the SDK. The bundles can't tell: those of the control plane hold all
 * steps of the strategy. That no function calls anything else is seen when loads run.
 */
export const GLUE_CALLS: Record<string, string[]> = {
  provisionControl: ['CreateConnection', 'GetConnection', 'CreateJob', 'GetJob', 'GetTags'],
  advanceControl: ['StartJobRun', 'GetJobRun', 'GetJobRuns'],
  removeControl: [
    'GetJobRuns',
    'BatchStopJobRun',
    'GetJob',
    'DeleteJob',
    'GetConnection',
    'DeleteConnection',
    'GetTags',
  ],
  sweep: ['ListJobs', 'GetConnections', 'GetTags'],
};
