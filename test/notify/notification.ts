import type { Notification } from '../../src/model.ts';

/** A notification of a load that succeeded, to be sent in tests. */
export const notification: Notification = {
  type: 'InitialLoadSucceeded',
  loadId: 'employees-to-mailer',
  attempt: 1,
  dataset: 'employees',
  consumer: 'mailer',
  status: 'SUCCEEDED',
  tables: [
    {
      source: 'hr.employees',
      target: 'public.employees',
      sourceRows: 3,
      targetRows: 3,
      verified: true,
      mismatches: [],
    },
  ],
};

export const sending = {
  now: () => new Date('2026-01-02T03:04:05.678Z'),
  resolveSecret: (reference: string) => Promise.resolve(`the secret ${reference}`),
};
