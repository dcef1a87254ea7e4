import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it, onTestFinished } from 'vitest';
import {
  currentOwner,
  livenessOf,
  parseOwner,
  toOwnerText,
} from '../../src/journal/journal-owner.ts';

const self = currentOwner(0);
const minute = 60_000;

describe('whether the owner of a journal lives', () => {
  it('is known of a process of this machine, however long it is silent', async () => {
    const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], {
      stdio: 'ignore',
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    await once(child, 'spawn');
    const { startTicks: _own, ...known } = self;

    const fresh = livenessOf({ ...known, pid: child.pid ?? 0 }, 1_000, self);
    child.kill('SIGKILL');
    await once(child, 'close');
    const gone = livenessOf({ ...known, pid: child.pid ?? 0 }, 1_000, self);

    expect(fresh).toBe('unknown');
    expect(gone).toBe('dead');
  });

  it.runIf(process.platform === 'linux')('is exact where the start of a process is known', () => {
    const { pid } = spawnSync(process.execPath, ['-e', '']);

    expect(livenessOf({ ...self, instance: 'f'.repeat(12) }, 10 * minute, self)).toBe('alive');
    expect(livenessOf({ ...self, startTicks: '1' }, 0, self)).toBe('dead');
    expect(livenessOf({ ...self, pid }, 0, self)).toBe('dead');
  });

  it.each([
    ['another host', { ...self, host: 'elsewhere' }],
    ['another container or boot', { ...self, pidSpace: 'another boot' }],
  ])('follows from its silence on %s', (_where, owner) => {
    expect(livenessOf(owner, minute, self)).toBe('unknown');
    expect(livenessOf(owner, minute + 1, self)).toBe('dead');
  });
});

describe('the owner file', () => {
  it('is read as it was written', () => {
    expect(parseOwner(toOwnerText(self))).toEqual(self);
  });

  it.each([
    ['', 'unreadable'],
    ['{"journal":1,"pid":', 'unreadable'],
    ['{"journal":1,"pid":-1}', 'unreadable'],
    ['[]', 'unreadable'],
    ['{"journal":2}', 'other-version'],
  ])('%j is %s', (text, expected) => {
    expect(parseOwner(text)).toBe(expected);
  });
});
