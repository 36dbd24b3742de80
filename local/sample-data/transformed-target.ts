import type { ClientBase } from 'pg';
import { addSampleForeignKeys, createSampleTables } from './schema.ts';

/** What a mailer needs of the sample data, as a request's `transform`: addresses, names, and the titles that are held now. */
export const SAMPLE_TRANSFORM = {
  'hr.employees': {
    rename: { email: 'mail_address' },
    drop: ['hourly_rate'],
    derive: { display_name: "concat_ws(' ', first_name, last_name)" },
  },
  'hr.titles': { filter: 'valid_to IS NULL', drop: ['valid_to'], rename: { valid_from: 'held_since' } },
  'hr.salaries': { cast: { amount: 'decimal(10,0)', recorded_at: 'date' }, rename: { recorded_at: 'recorded_on' } },
};

/** The sample's tables as that transformation fills them, empty, with the same foreign keys. */
const DIFFERENCES = `
  alter table hr.employees rename email to mail_address;
  alter table hr.employees drop hourly_rate;
  alter table hr.employees add display_name text not null;
  alter table hr.titles drop valid_to;
  alter table hr.titles rename valid_from to held_since;
  alter table hr.salaries alter amount type numeric(10);
  alter table hr.salaries alter recorded_at type date;
  alter table hr.salaries rename recorded_at to recorded_on;
`;

export async function createTransformedTarget(client: ClientBase): Promise<void> {
  await createSampleTables(client);
  await client.query(DIFFERENCES);
  await addSampleForeignKeys(client);
}
