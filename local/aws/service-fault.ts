/** Faults that no service's model names, since every service of AWS may answer them. */
const COMMON_STATUSES: Record<string, number> = {
  AccessDeniedException: 400,
  InternalFailure: 500,
  InvalidParameterCombinationException: 400,
  InvalidParameterValueException: 400,
  NotImplemented: 501,
  SerializationException: 400,
  ServiceUnavailable: 503,
  ThrottlingException: 400,
  UnknownOperationException: 404,
  ValidationException: 400,
};

/** What a service answers instead of a result: its own name for it, and its words. */
export class ServiceFault extends Error {
  override readonly name: string;

  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/**
 * The HTTP status of a fault, from the SDK's model of it; 400 where the model says no more than whose fault it is.
 * Undefined for one that the service doesn't have.
 */
export function statusOf(name: string, model: Record<string, unknown>): number | undefined {
  const common = COMMON_STATUSES[name];
  if (common !== undefined) return common;
  const shape = model[`${name}$`];
  if (!Array.isArray(shape)) return undefined;
  const traits = shape[3] as { error?: string; httpError?: number };
  return traits.httpError ?? (traits.error === 'server' ? 500 : 400);
}
