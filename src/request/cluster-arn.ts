/** The last part tells a cluster from an earlier one of the same name. */
const CLUSTER = /^arn:aws[a-z-]*:kafka:([a-z0-9-]+):\d{12}:cluster\/[A-Za-z0-9-]+\/[A-Za-z0-9-]+$/;

/** The region of an Amazon MSK cluster, by its ARN; undefined where the text is anything else. */
export function regionOfCluster(text: string): string | undefined {
  return CLUSTER.exec(text)?.[1];
}
