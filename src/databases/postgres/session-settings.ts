/**
 * Values travel as text in one form on both sides, the session waits and is waited for as long as it takes, and rows that
 * row-level security would hide are an error instead of a silent loss. Names are always qualified: the empty search_path
 * keeps a function or type that somebody put into `public` from being taken for the system's.
 */
export const SESSION_SETTINGS: Record<string, string> = {
  client_encoding: 'UTF8',
  standard_conforming_strings: 'on',
  datestyle: 'ISO, YMD',
  timezone: 'UTC',
  intervalstyle: 'postgres',
  extra_float_digits: '3',
  bytea_output: 'hex',
  lc_monetary: 'C',
  xmloption: 'content',
  row_security: 'off',
  search_path: '',
  default_transaction_isolation: 'read committed',
  statement_timeout: '0',
  lock_timeout: '0',
  transaction_timeout: '0',
  idle_in_transaction_session_timeout: '0',
  idle_session_timeout: '0',
};
