import {
  DescribeExecutionCommand,
  ExecutionAlreadyExists,
  ExecutionDoesNotExist,
  SFNClient,
  StartExecutionCommand,
} from '@aws-sdk/client-sfn';
import { mockClient } from 'aws-sdk-client-mock';
import { provideServices } from '../../functions/services.ts';
import type { MachineName } from '../../local/definitions.ts';
import { handlers } from '../../local/handlers.ts';
import { runMachine, type MachineEnd, type MachineRun } from '../../local/run-machine.ts';
import type { Services } from '../../src/services.ts';

const ARN = 'arn:aws:states:eu-central-1:123456789012:stateMachine:initial-load-test-';

/** Executions of the two machines, started by whoever asks Step Functions for them: the rule's handler, the sweep, a test. */
export interface Executions {
  start(machine: MachineName, name: string, input: unknown, more?: Partial<MachineRun>): Promise<MachineEnd>;
  /** All that were started, also by handlers, have ended, and their invocations too. */
  ended(): Promise<void>;
  /** The end of one that was started, which its invocations may outlive. */
  endOf(machine: MachineName, name: string): Promise<MachineEnd>;
  statusOf(machine: MachineName, name: string): string | undefined;
}

/** @param pace as in MachineRun */
export function runExecutionsHere(services: Services, pace: number): Executions {
  const ends = new Map<string, Promise<MachineEnd>>();
  const statuses = new Map<string, string>();
  process.env['INITIAL_LOAD_STATE_MACHINE'] = `${ARN}initial-load`;
  process.env['TEAR_DOWN_STATE_MACHINE'] = `${ARN}tear-down`;
  provideServices(services);

  const start = (machine: MachineName, name: string, input: unknown, more: Partial<MachineRun> = {}) => {
    const key = `${machine}:${name}`;
    const run: MachineRun = {
      execution: name,
      handlers,
      invocationSeconds: services.invocationSeconds,
      startNested: (nested, execution, given) => startOnce(nested, execution, given),
      pace,
      ...more,
    };
    statuses.set(key, 'RUNNING');
    const end = runMachine(machine, input, run).then((ended) => {
      statuses.set(key, ended.status);
      return ended;
    });
    ends.set(key, end);
    return end;
  };
  const startOnce = (machine: MachineName, name: string, input: unknown) =>
    ends.get(`${machine}:${name}`) ?? start(machine, name, input);

  const mock = mockClient(SFNClient);
  mock.on(StartExecutionCommand).callsFake(async ({ stateMachineArn, name, input }: Record<string, string>) => {
    const machine = String(stateMachineArn).slice(ARN.length) as MachineName;
    if (ends.has(`${machine}:${name}`)) throw new ExecutionAlreadyExists({ message: 'exists', $metadata: {} });
    void start(machine, String(name), JSON.parse(String(input)));
    return {};
  });
  mock.on(DescribeExecutionCommand).callsFake(async ({ executionArn }: Record<string, string>) => {
    const [machine, name] = String(executionArn)
      .slice(ARN.length + 'execution'.length - 'stateMachine'.length)
      .split(':');
    const status = statuses.get(`${machine}:${name}`);
    if (status === undefined) throw new ExecutionDoesNotExist({ message: 'none', $metadata: {} });
    return { status };
  });
  return {
    start,
    async ended() {
      for (const end of ends.values()) await (await end).invocationsEnded;
    },
    endOf(machine, name) {
      const end = ends.get(`${machine}:${name}`);
      if (end === undefined) throw new Error(`Nobody started ${name} of ${machine}.`);
      return end;
    },
    statusOf: (machine, name) => statuses.get(`${machine}:${name}`),
  };
}
