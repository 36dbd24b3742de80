import { describeStrategyContract } from '../contract.ts';

// Chunks small enough that every test stops and goes on in the middle of a table.
describeStrategyContract('direct', { settings: { direct: { chunkRows: 1_000 } } });
