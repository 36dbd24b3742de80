export { stopForAll as default } from './postgres-for-all.ts';
