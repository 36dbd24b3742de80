import { beforeEach, expect, test } from '@jest/globals';
import { EventEmitter } from 'node:events';
import { listenForInterrupt, type Interrupt } from '../../cli/interrupt.ts';

let program: EventEmitter;
let heard: string[];
let milliseconds: number;
let interrupt: Interrupt;

beforeEach(() => {
  program = new EventEmitter();
  heard = [];
  milliseconds = 0;
  const actions = {
    first: (signal: string) => void heard.push(`first ${signal}`),
    second: (signal: string) => void heard.push(`second ${signal}`),
  };
  interrupt = listenForInterrupt(actions, () => new Date(milliseconds), program);
});

test('the first interrupt aborts and says by which signal', () => {
  expect(interrupt.signal.aborted).toBe(false);
  program.emit('SIGTERM', 'SIGTERM');
  expect(heard).toEqual(['first SIGTERM']);
  expect(interrupt.signal.reason).toEqual(new Error('Interrupted by SIGTERM.'));
});

test("a second interrupt ends the program at once, npm's echo of the first does not", () => {
  program.emit('SIGINT', 'SIGINT');
  milliseconds = 40;
  program.emit('SIGINT', 'SIGINT');
  expect(heard).toEqual(['first SIGINT']);
  milliseconds = 2_000;
  program.emit('SIGINT', 'SIGINT');
  expect(heard).toEqual(['first SIGINT', 'second SIGINT']);
});

test('after its release signals have their usual meaning again', () => {
  interrupt.release();
  expect(program.listenerCount('SIGINT') + program.listenerCount('SIGTERM')).toBe(0);
});
