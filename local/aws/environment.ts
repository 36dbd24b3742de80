export const STAND_IN_REGION = 'eu-central-1';

interface StandIn {
  endpoint: string;
}
type StandIns = Partial<Record<'dms' | 'glue' | 'msk' | 's3' | 'secrets', StandIn>>;
type Variables = Record<string, string | undefined>;

/**
 * Points the SDK's clients in this process at the stand-ins, by the SDK's own variables, so that no code of the product
 * knows of them. A client asks for them once, when it is first used. What has no stand-in is called with credentials that
 * no account knows. The one place here that reads and writes the environment.
 *
 * @returns gives the variables back
 */
export function useStandIns(standIns: StandIns): () => void {
  const wanted = variablesOf(standIns);
  const before = Object.fromEntries(Object.keys(wanted).map((name) => [name, process.env[name]]));
  setVariables(wanted);
  return () => setVariables(before);
}

/** This process's environment for another one, whose SDK is pointed at the stand-ins and reads nobody's files. */
export function environmentWith(standIns: StandIns, more: Variables): Variables {
  return {
    ...process.env,
    ...variablesOf(standIns),
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...more,
  };
}

function variablesOf({ dms, glue, msk, s3, secrets }: StandIns): Variables {
  return {
    AWS_REGION: STAND_IN_REGION,
    AWS_ACCESS_KEY_ID: 'stand-in',
    AWS_SECRET_ACCESS_KEY: 'stand-in',
    // Of somebody who is logged in: they would be tried with the keys above, or before them.
    AWS_SESSION_TOKEN: undefined,
    AWS_PROFILE: undefined,
    ...(dms !== undefined && { AWS_ENDPOINT_URL_DATABASE_MIGRATION_SERVICE: dms.endpoint }),
    ...(glue !== undefined && { AWS_ENDPOINT_URL_GLUE: glue.endpoint }),
    ...(msk !== undefined && { AWS_ENDPOINT_URL_KAFKA: msk.endpoint }),
    ...(s3 !== undefined && { AWS_ENDPOINT_URL_S3: s3.endpoint }),
    ...(secrets !== undefined && { AWS_ENDPOINT_URL_SECRETS_MANAGER: secrets.endpoint }),
  };
}

function setVariables(variables: Variables): void {
  for (const [name, value] of Object.entries(variables)) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
