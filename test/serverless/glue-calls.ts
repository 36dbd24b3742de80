/**
 * What each function asks of Glue, as operations of the SDK. The bundles can't tell: those of the control plane hold all
 * steps of the strategy. That no function calls anything else is seen when loads run.
 */
export const GLUE_CALLS: Record<string, string[]> = {
  provisionControl: ['CreateConnection', 'CreateJob', 'GetTags'],
  advanceControl: ['GetJobRuns', 'StartJobRun', 'GetJobRun', 'BatchStopJobRun'],
  removeControl: ['GetTags', 'GetJobRuns', 'BatchStopJobRun', 'DeleteJob', 'DeleteConnection'],
  sweep: ['ListJobs', 'GetConnections', 'GetTags'],
};
