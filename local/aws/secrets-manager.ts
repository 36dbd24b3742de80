import type { GetSecretValueRequest, GetSecretValueResponse } from '@aws-sdk/client-secrets-manager';
import { randomUUID } from 'node:crypto';
import { startJsonService, type JsonService } from './json-service.ts';
import { ServiceFault } from './service-fault.ts';

/** A stand-in for Secrets Manager, not the service: it keeps texts by name, in memory, and hands them out. */
export interface SecretsStandIn extends JsonService {
  /** Answers the secret's ARN. A second text for the same name takes the first one's place. */
  put(name: string, text: string): string;
  remove(name: string): void;
  /** For other stand-ins on this machine, as the roles that they would be given could read it. */
  textOf(nameOrArn: string): string | undefined;
}

interface Secret {
  arn: string;
  name: string;
  text: string;
  version: string;
  createdAt: Date;
}

export async function startSecretsManager({ now, region }: { now(): Date; region: string }): Promise<SecretsStandIn> {
  const secrets = new Map<string, Secret>();
  const find = (nameOrArn: string) =>
    [...secrets.values()].find(({ name, arn }) => name === nameOrArn || arn === nameOrArn);

  const service = await startJsonService({
    targetPrefix: 'secretsmanager',
    model: await import('@aws-sdk/client-secrets-manager'),
    now,
    operations: {
      GetSecretValue({ SecretId }: GetSecretValueRequest): GetSecretValueResponse {
        const secret = find(SecretId ?? '');
        if (secret === undefined) {
          throw new ServiceFault('ResourceNotFoundException', "Secrets Manager can't find the specified secret.");
        }
        return {
          ARN: secret.arn,
          Name: secret.name,
          VersionId: secret.version,
          VersionStages: ['AWSCURRENT'],
          SecretString: secret.text,
          CreatedDate: secret.createdAt,
        };
      },
    },
    vanish: ({ SecretId }) => {
      secrets.delete(find(String(SecretId))?.name ?? '');
    },
  });

  return {
    ...service,
    put(name, text) {
      const arn = find(name)?.arn ?? `arn:aws:secretsmanager:${region}:000000000000:secret:${name}-StandI`;
      secrets.set(name, { arn, name, text, version: randomUUID(), createdAt: now() });
      return arn;
    },
    remove: (name) => void secrets.delete(name),
    textOf: (nameOrArn) => find(nameOrArn)?.text,
  };
}
