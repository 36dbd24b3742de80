import { describe, expect, test } from '@jest/globals';
import { allStatements, allowedStatements, functionsOf } from './template.ts';
import type { Package, Statement } from './template.ts';

const ACCOUNT = { 'AWS::AccountId': { Ref: 'AWS::AccountId' } };
/** A load's own by its name; what a request may name besides, by the deployment's parameters (`none` by default). */
const OWN = /:(subgrp|rep|endpoint|task|replication-config):il-\*$/;
const GIVEN = /:(subgrp|rep):none$/;
/** DMS names the runs of an assessment itself. */
const ASSESSMENT_RUN = /:assessment-run:\*$/;
const OWN_TAG = 'initial-load:deployment';

/** What the packaged stack gives AWS DMS, and allows to be done with it. */
export function describeDms(packaged: () => Package): void {
  const dmsStatements = () =>
    functionsOf(packaged()).flatMap(({ role }) =>
      allowedStatements(packaged(), role).filter(({ Action }) => Action.some((action) => action.startsWith('dms:'))),
    );
  const resource = (id: string) => packaged().resources[id];

  describe('what AWS DMS needs', () => {
    test('whatever is done to a resource of DMS, it has the name of a load or is one that a request may name', () => {
      const scoped = dmsStatements().filter(({ Resource }) => !Resource.includes('*'));
      expect(scoped.length).toBeGreaterThan(0);
      const names = new Set(scoped.flatMap(({ Resource }) => Resource.map(arnOf)));
      expect([...names].filter((name) => ![OWN, GIVEN, ASSESSMENT_RUN].some((known) => known.test(name)))).toEqual([]);
    });

    test('what is made carries the tag of this deployment, and nothing else is started, stopped or deleted', () => {
      const changing = dmsStatements().filter(({ Action }) => Action.some((action) => !isReading(action)));
      expect(changing.length).toBeGreaterThan(0);
      for (const statement of changing) expect(tagOf(statement)).toBe('initial-load-dev');
    });

    test('a resource with the tag of another deployment keeps it', () => {
      const tagging = dmsStatements().filter(({ Action }) => Action.includes('dms:AddTagsToResource'));
      expect(tagging.length).toBeGreaterThan(0);
      for (const { Condition } of tagging) {
        expect(Condition).toMatchObject({
          StringEqualsIfExists: { [`aws:ResourceTag/${OWN_TAG}`]: 'initial-load-dev' },
        });
      }
    });

    test('DMS of this account, and nobody else, reads secrets of databases, and writes assessments', () => {
      const role = resource('DmsAccessRole')?.Properties;
      expect(role?.['AssumeRolePolicyDocument']).toMatchObject({
        Statement: [
          {
            Principal: { Service: [{ 'Fn::Sub': 'dms.${AWS::Region}.amazonaws.com' }, 'dms.amazonaws.com'] },
            Condition: { StringEquals: { 'aws:SourceAccount': ACCOUNT['AWS::AccountId'] } },
          },
        ],
      });
      const allowed = allStatements(packaged()).filter(({ of }) => of === 'DmsAccessRole');
      const secrets = allowed.filter(({ Action }) => /^(secretsmanager|kms):/.test(Action.join()));
      expect(secrets).toHaveLength(2);
      for (const { Condition } of secrets)
        expect(Condition).toHaveProperty(['StringEquals', 'aws:ResourceTag/initial-load'], 'database');
      const writing = allowed.filter(({ Action }) => Action.includes('s3:PutObject'));
      expect(writing.map(({ Resource }) => Resource)).toEqual([[{ 'Fn::Sub': '${LoadStore.Arn}/assessments/*' }]]);
    });

    test('a deployment can leave all of it out', () => {
      const ofDms = Object.entries(packaged().resources).filter(([id]) => id.startsWith('Dms'));
      expect(ofDms.filter(([, { Condition }]) => Condition === undefined)).toEqual([]);
      expect(packaged().conditions['DmsEnabled']).toEqual({ 'Fn::Equals': ['true', 'true'] });
      for (const { logicalId } of functionsOf(packaged())) {
        expect(resource(logicalId)?.Properties['Environment']).toMatchObject({
          Variables: {
            DMS_ACCESS_ROLE_ARN: { 'Fn::If': ['DmsEnabled', { 'Fn::GetAtt': ['DmsAccessRole', 'Arn'] }, ''] },
          },
        });
      }
    });

    test('the roles that an account has once are made when asked for, and stay when the stack goes', () => {
      const named = Object.values(packaged().resources).filter(({ Type, Properties }) => {
        return Type === 'AWS::IAM::Role' && Properties['RoleName'] !== undefined;
      });
      expect(named.map(({ Properties }) => Properties['RoleName'])).toEqual([
        'dms-vpc-role',
        'dms-cloudwatch-logs-role',
      ]);
      for (const role of named) expect(role).toMatchObject({ Condition: 'DmsServiceRoles', DeletionPolicy: 'Retain' });
      expect(packaged().conditions['DmsServiceRoles']).toEqual({ 'Fn::Equals': ['false', 'true'] });
    });
  });
}

/** TestConnection is a read to IAM: it changes nothing. */
function isReading(action: string): boolean {
  return /^dms:(Describe\w+|ListTagsForResource|TestConnection)$/.test(action);
}

/** Which deployment a resource must be of, by its own tag or by the one that it is made with. */
function tagOf({ Condition }: Statement): string | undefined {
  const equal = (Condition as { StringEquals?: Record<string, string> } | undefined)?.StringEquals ?? {};
  return equal[`aws:ResourceTag/${OWN_TAG}`] ?? equal[`aws:RequestTag/${OWN_TAG}`];
}

function arnOf(resource: unknown): string {
  return typeof resource === 'string' ? resource : (resource as { 'Fn::Sub': string })['Fn::Sub'];
}
