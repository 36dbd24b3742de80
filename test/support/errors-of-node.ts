import { types } from 'node:util';

/**
 * Jest gives each test file globals of its own, while errors of sockets are made with Node's. The SDK asks
 * `instanceof Error` before it tries a call again, and would find that a lost connection is no error.
 */
Object.defineProperty(Error, Symbol.hasInstance, {
  value(this: unknown, value: unknown): boolean {
    return this === Error ? types.isNativeError(value) : Function.prototype[Symbol.hasInstance].call(this, value);
  },
});
