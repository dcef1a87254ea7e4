import { describe, expect, it } from 'vitest';

import { toUserId } from '../../src/index.ts';

describe('the metadata of a program', () => {
  it.each([
    ['langfuseUserId before all others', { userId: 'c', user_id: 'b', langfuseUserId: 'a' }, 'a'],
    ['user_id before userId', { userId: 'c', user_id: 'b' }, 'b'],
    ['userId, past a blank one', { userId: 'c', user_id: ' ' }, 'c'],
    ['nobody', { user: 'd' }, undefined],
  ])('names the end user: %s', (_what, metadata, user) => {
    expect(toUserId(metadata)).toBe(user);
  });
});
