export { startForAll as default } from './postgres-for-all.ts';
