/** One of src/aws/clients.ts. */
type ClientOf = () => Promise<{ client: { config: { retryStrategy(): Promise<unknown> } } }>;

/** What a client of the SDK asks how many milliseconds it waits before it tries again. */
interface Backoff {
  computeNextBackoffDelay(attempt: number): number;
}

/**
 * A client of the SDK waits up to fifteen seconds in all while it tries again. Where the stand-ins' clock runs fast they
 * pass by that clock too: a client tries as often as ever, and no load looks as if it stalled because a client was
 * patient. Call it when the stand-ins are in use, since it makes the clients.
 *
 * @param pace how many seconds of the stand-ins' clock pass in one
 */
export async function hurryClients(pace: number, clients: ClientOf[]): Promise<void> {
  for (const clientOf of clients) {
    const { client } = await clientOf();
    const { retryBackoffStrategy } = (await client.config.retryStrategy()) as { retryBackoffStrategy: Backoff };
    const delayOf = retryBackoffStrategy.computeNextBackoffDelay.bind(retryBackoffStrategy);
    retryBackoffStrategy.computeNextBackoffDelay = (attempt) => delayOf(attempt) / pace;
  }
}
