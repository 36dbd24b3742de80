import { pbkdf2Sync, randomBytes } from 'node:crypto';
import {
  AclOperations,
  AclPermissionTypes,
  alterUserScramCredentialsV0,
  ResourcePatternTypes,
  ResourceTypes,
  ScramMechanisms,
  type Admin,
} from '@platformatic/kafka';

/** Settings of a broker whose clients must log in by SCRAM, and may do what they are granted. */
export const WITH_USERS = {
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'listener.security.protocol.map': 'CLIENT:SASL_PLAINTEXT,INTERNAL:PLAINTEXT,CONTROLLER:PLAINTEXT',
  'sasl.enabled.mechanisms': 'SCRAM-SHA-512',
  'listener.name.client.scram-sha-512.sasl.jaas.config':
    'org.apache.kafka.common.security.scram.ScramLoginModule required;',
};

const ITERATIONS = 4_096;
const KEY_BYTES = 64;

/** @param users passwords by name */
export async function createUsers(admin: Admin, users: Record<string, string>): Promise<void> {
  const upsertions = Object.entries(users).map(([name, password]) => {
    const salt = randomBytes(16);
    const saltedPassword = pbkdf2Sync(password, salt, ITERATIONS, KEY_BYTES, 'sha512');
    return { name, mechanism: ScramMechanisms.SCRAM_SHA_512, iterations: ITERATIONS, salt, saltedPassword };
  });
  const [connection] = (await admin.connectToBrokers()).values();
  await alterUserScramCredentialsV0.api.async(connection!, [], upsertions);
}

export interface Right {
  on: 'TOPIC' | 'GROUP' | 'TRANSACTIONAL_ID';
  /** Ends with an asterisk where all are meant that begin so. */
  name: string;
  may: keyof typeof AclOperations;
}

export async function grant(admin: Admin, user: string, rights: Right[]): Promise<void> {
  const creations = rights.map(({ on, name, may }) => ({
    resourceType: ResourceTypes[on],
    resourceName: name.replace(/\*$/, ''),
    resourcePatternType: name.endsWith('*') ? ResourcePatternTypes.PREFIXED : ResourcePatternTypes.LITERAL,
    principal: `User:${user}`,
    host: '*',
    operation: AclOperations[may],
    permissionType: AclPermissionTypes.ALLOW,
  }));
  await admin.createAcls({ creations });
}
