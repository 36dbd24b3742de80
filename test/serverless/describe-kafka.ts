import { describe, expect, test } from '@jest/globals';
import { KAFKA_CALLS } from './kafka-calls.ts';
import { allowedStatements, functionsOf } from './template.ts';
import type { Package, Statement } from './template.ts';

const HERE = 'arn:${AWS::Partition}:kafka:${AWS::Region}:${AWS::AccountId}:';
/** What no cluster is called: what the parameters say as long as nobody sets them. */
const NO_CLUSTER = `${HERE}cluster/-none/-none`;
const OWN = [`${HERE}topic/*/initial-load.*`, `${HERE}group/*/il-*`, `${HERE}transactional-id/*/il-*`];
/** What no topic is called: of live topics nothing is written to by default. */
const NO_TOPIC = `${HERE}topic/-none/-none/-none`;
/** What is looked at, and nothing else, of what isn't a load's own: live topics, and the consumer's group. */
const LOOKED_AT: Record<string, string[]> = {
  [`${HERE}topic/*`]: [
    'kafka-cluster:DescribeTopic',
    'kafka-cluster:DescribeTopicDynamicConfiguration',
    'kafka-cluster:ReadData',
  ],
  [`${HERE}group/*`]: ['kafka-cluster:DescribeGroup'],
};

/** What the packaged stack allows to be done with Amazon MSK. */
export function describeKafka(packaged: () => Package): void {
  const statements = (): (Statement & { key: string })[] =>
    functionsOf(packaged()).flatMap(({ key, role }) =>
      allowedStatements(packaged(), role)
        .filter(({ Action }) => Action.some((action) => /^kafka(-cluster)?:/.test(action)))
        .map((statement) => ({ key, ...statement })),
    );
  const arns = ({ Resource }: Statement) => Resource.map((one) => (one as { 'Fn::Sub': string })['Fn::Sub']);

  describe('what Amazon MSK needs', () => {
    test('who reaches brokers may, and nobody else, on the clusters of the deployment: on none by default', () => {
      const connecting = statements().filter(({ Action }) => Action.includes('kafka-cluster:Connect'));
      expect(connecting.map(({ key }) => key).toSorted()).toEqual(Object.keys(KAFKA_CALLS).toSorted());
      for (const statement of connecting) expect(arns(statement)).toEqual([NO_CLUSTER]);
      expect(new Set(statements().map(({ key }) => key))).toEqual(new Set(Object.keys(KAFKA_CALLS)));
    });

    test('topics, groups and ids are written to, made and removed only where they have the name of a load', () => {
      const others = statements().filter((statement) => !arns(statement).every((arn) => OWN.includes(arn)));
      const onOthers = others.flatMap((statement) =>
        arns(statement)
          .filter((arn) => arn !== NO_CLUSTER && arn !== NO_TOPIC)
          .flatMap((arn) => statement.Action.map((action) => [arn, action])),
      );
      expect(onOthers.length).toBeGreaterThan(0);
      expect(onOthers.filter(([arn, action]) => !LOOKED_AT[arn!]?.includes(action!))).toEqual([]);
    });

    test('topics are made by who prepares the target, and removed by whoever may find the load closed', () => {
      const may = (action: string) => [
        ...new Set(
          statements()
            .filter(({ Action }) => Action.includes(action))
            .map(({ key }) => key),
        ),
      ];
      expect(may('kafka-cluster:CreateTopic')).toEqual(['prepareTarget']);
      expect(may('kafka-cluster:DeleteTopic').toSorted()).toEqual(['prepareTarget', 'restoreTarget']);
      expect(may('kafka-cluster:WriteData').toSorted()).toEqual(['advance', 'restoreTarget']);
      expect(may('kafka-cluster:ReadData').toSorted()).toEqual(['advance', 'plan', 'restoreTarget', 'verify']);
    });
  });
}
