import { describe, expect, test } from '@jest/globals';
import { allStatements, allowedStatements, functionsOf } from './template.ts';
import type { Package, Statement } from './template.ts';

/** A load's own, by its name. */
const OWN = /:(job|connection)\/il-\*$/;
/** The account's one, above every connection: what is done to these is asked of it too, and it has no tags. */
const CATALOG = 'arn:${AWS::Partition}:glue:${AWS::Region}:${AWS::AccountId}:catalog';
/** What no bucket is called: what the parameters say as long as nobody sets them. */
const NOWHERE = /^arn:\$\{AWS::Partition\}:s3:::-none/;
const OWN_TAG = 'initial-load:deployment';

/** What the packaged stack gives AWS Glue, and allows to be done with it. */
export function describeGlue(packaged: () => Package): void {
  const glueStatements = () =>
    functionsOf(packaged()).flatMap(({ role }) =>
      allowedStatements(packaged(), role).filter(({ Action }) => Action.some((action) => action.startsWith('glue:'))),
    );
  const resource = (id: string) => packaged().resources[id];
  const ofTheJob = () => allowedStatements(packaged(), 'GlueJobRole');

  describe('what AWS Glue needs', () => {
    test('whatever a function does to a resource of Glue, it has the name of a load', () => {
      const scoped = glueStatements().filter(({ Resource }) => !Resource.includes('*'));
      expect(scoped.length).toBeGreaterThan(0);
      const names = new Set(scoped.flatMap(({ Resource }) => Resource.map(arnOf)));
      expect([...names].filter((name) => name !== CATALOG && !OWN.test(name))).toEqual([]);
    });

    test('what is made carries the tag of this deployment, and nothing else is started, stopped or deleted', () => {
      const changing = glueStatements().filter(({ Action }) => Action.some((action) => !isReading(action)));
      const [ofCatalog, ofLoads] = [true, false].map((only) =>
        changing.filter(({ Resource }) => Resource.every((one) => arnOf(one) === CATALOG) === only),
      );
      expect(ofLoads!.length).toBeGreaterThan(0);
      for (const statement of ofLoads!) expect(tagOf(statement)).toBe('initial-load-dev');
      // By itself it lets nobody delete anything: the connection's own statement must allow it as well.
      expect(ofCatalog!.map(({ Action }) => Action)).toEqual([['glue:DeleteConnection']]);
    });

    test('a resource with the tag of another deployment keeps it', () => {
      const tagging = glueStatements().filter(({ Action }) => Action.includes('glue:TagResource'));
      expect(tagging.length).toBeGreaterThan(0);
      for (const { Condition } of tagging) {
        expect(Condition).toMatchObject({
          StringEqualsIfExists: { [`aws:ResourceTag/${OWN_TAG}`]: 'initial-load-dev' },
        });
      }
    });

    test('Glue of this account, and nobody else, runs a job with its role', () => {
      expect(resource('GlueJobRole')?.Properties['AssumeRolePolicyDocument']).toMatchObject({
        Statement: [
          {
            Principal: { Service: 'glue.amazonaws.com' },
            Condition: { StringEquals: { 'aws:SourceAccount': { Ref: 'AWS::AccountId' } } },
          },
        ],
      });
    });

    test('a job reads what is tagged as the secret of a database, and of the store what loads keep for jobs', () => {
      const reading = ofTheJob().filter(({ Action }) => Action.includes('secretsmanager:GetSecretValue'));
      expect(reading).toHaveLength(1);
      expect(reading[0]?.Condition).toEqual({ StringEquals: { 'aws:ResourceTag/initial-load': 'database' } });
      const ofStore = (action: string) =>
        ofTheJob()
          .filter(({ Action }) => Action.includes(action))
          .flatMap(({ Resource }) => Resource.map(arnOf))
          .filter((arn) => arn.includes('LoadStore'));
      expect(ofStore('s3:GetObject')).toEqual(['${LoadStore.Arn}/loads/*/glue/*']);
      const rows = ['${LoadStore.Arn}/loads/*/glue/rows/*', '${LoadStore.Arn}/loads/*/glue/rows_*'];
      expect(ofStore('s3:PutObject')).toEqual(['${LoadStore.Arn}/loads/*/glue/report-*.json', ...rows]);
      expect(ofStore('s3:DeleteObject')).toEqual(rows);
    });

    test('of the files in S3, the target is looked at and emptied by who prepares and restores it, and read by who counts', () => {
      const ofFiles = (key: string) =>
        allowedStatements(packaged(), functionsOf(packaged()).find((one) => one.key === key)!.role)
          .filter(({ Resource }) => Resource.some((one) => NOWHERE.test(arnOf(one))))
          .flatMap(({ Action }) => Action);
      const allowed = functionsOf(packaged()).map(({ key }): [string, string[]] => [key, ofFiles(key)]);
      expect(Object.fromEntries(allowed.filter(([, actions]) => actions.length > 0))).toEqual({
        prepareTarget: ['s3:ListBucket'],
        verify: ['s3:ListBucket', 's3:GetObject'],
        restoreTarget: ['s3:ListBucket', 's3:DeleteObject'],
        // Of a request's own module.
        provisionControl: ['s3:GetObject'],
      });
    });

    test('files go, and come from, only where the deployment says: nowhere by default', () => {
      const arns = [...functionsOf(packaged()).map(({ role }) => role), 'GlueJobRole']
        .flatMap((role) => allowedStatements(packaged(), role))
        .filter(({ Action }) => Action.some((action) => action.startsWith('s3:')))
        .flatMap(({ Resource }) => Resource.map(arnOf));
      expect(arns.filter((arn) => NOWHERE.test(arn)).length).toBeGreaterThan(0);
      expect(arns.filter((arn) => !NOWHERE.test(arn) && !arn.startsWith('${LoadStore.Arn}'))).toEqual([]);
    });

    test('a job attaches itself to the subnet of the deployment, and marks nothing but network interfaces', () => {
      const network = allStatements(packaged()).filter(({ of }) => of === 'GlueNetworkPolicy');
      const of = (action: string) => network.filter(({ Action }) => Action.includes(action));
      expect(of('ec2:CreateNetworkInterface')[0]?.Resource.map(arnOf)).toContain(
        'arn:${AWS::Partition}:ec2:${AWS::Region}:${AWS::AccountId}:subnet/',
      );
      expect(of('ec2:DeleteNetworkInterface')[0]?.Condition).toHaveProperty(['ArnEquals', 'ec2:Subnet']);
      expect(of('ec2:CreateTags')[0]).toMatchObject({
        Resource: [{ 'Fn::Sub': expect.stringMatching(/:network-interface\/\*$/) }],
        Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['aws-glue-service-resource'] } },
      });
      expect(resource('GlueNetworkPolicy')).toMatchObject({ Condition: 'GlueInVpc' });
    });

    test('what a job writes is encrypted, with the key of the deployment if it names one', () => {
      expect(resource('GlueSecurityConfiguration')?.Properties['EncryptionConfiguration']).toMatchObject({
        S3Encryptions: [{ 'Fn::If': ['GlueWithKey', { S3EncryptionMode: 'SSE-KMS' }, { S3EncryptionMode: 'SSE-S3' }] }],
        CloudWatchEncryption: { 'Fn::If': ['GlueWithKey', { CloudWatchEncryptionMode: 'SSE-KMS' }, expect.anything()] },
      });
      const withKey = allStatements(packaged()).filter(({ of }) => of === 'GlueKeyPolicy');
      expect(withKey.flatMap(({ Action }) => Action)).toContain('kms:GenerateDataKey');
      expect(resource('GlueKeyPolicy')).toMatchObject({ Condition: 'GlueWithKey' });
    });

    test('a deployment can leave all of it out', () => {
      const ofGlue = Object.entries(packaged().resources).filter(([id]) => /^(Glue|Files)/.test(id));
      expect(ofGlue.filter(([, { Condition }]) => Condition === undefined)).toEqual([]);
      const { GlueEnabled, GlueInVpc, GlueWithKey } = packaged().conditions;
      expect(GlueEnabled).toEqual({ 'Fn::Equals': ['true', 'true'] });
      for (const condition of [GlueInVpc, GlueWithKey]) {
        expect(condition).toMatchObject({ 'Fn::And': [{ Condition: 'GlueEnabled' }, expect.anything()] });
      }
      for (const { logicalId } of functionsOf(packaged())) {
        expect(resource(logicalId)?.Properties['Environment']).toMatchObject({
          Variables: {
            GLUE_ROLE_ARN: { 'Fn::If': ['GlueEnabled', { 'Fn::GetAtt': ['GlueJobRole', 'Arn'] }, ''] },
            GLUE_SECURITY_CONFIGURATION: { 'Fn::If': ['GlueEnabled', { Ref: 'GlueSecurityConfiguration' }, ''] },
          },
        });
      }
    });
  });
}

function isReading(action: string): boolean {
  return /^glue:(Get|List)\w+$/.test(action);
}

/** Which deployment a resource must be of, by its own tag or by the one that it is made with. */
function tagOf({ Condition }: Statement): string | undefined {
  const equal = (Condition as { StringEquals?: Record<string, string> } | undefined)?.StringEquals ?? {};
  return equal[`aws:ResourceTag/${OWN_TAG}`] ?? equal[`aws:RequestTag/${OWN_TAG}`];
}

function arnOf(resource: unknown): string {
  if (typeof resource === 'string') return resource;
  const { 'Fn::Sub': text, 'Fn::GetAtt': attribute } = resource as { 'Fn::Sub'?: string; 'Fn::GetAtt'?: string[] };
  return text ?? `\${${attribute?.join('.')}}`;
}
