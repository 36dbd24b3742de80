/** How a cluster is reached. Credentials are in memory only: never logged, stored or shown. */
export interface KafkaAddress {
  /** `host:port`, at least one. */
  brokers: string[];
  security:
    | { kind: 'plaintext' }
    | { kind: 'tls'; ca?: string }
    | {
        kind: 'scram';
        mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512';
        username: string;
        password: string;
        tls: boolean;
        ca?: string;
      }
    /** Amazon MSK's own: a token signed with the function's role. */
    | { kind: 'iam'; region: string };
  /** Of an Amazon MSK cluster that was named so: topics are made and removed through MSK's own API. */
  clusterArn?: string;
}
