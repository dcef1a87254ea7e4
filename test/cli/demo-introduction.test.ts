import { describe, expect, it } from 'vitest';
import {
  type IntroductionFacts,
  toIntroductionLines,
} from '../../adapters/cli/demo/introduction.ts';
import { langfuse } from '../../adapters/langfuse/index.ts';

function introduce({ env = {}, platform = 'linux' }: Partial<IntroductionFacts>): string[] {
  const sink = langfuse({ env, dotenv: false });
  return [...toIntroductionLines({ sink, env, platform, files: 3, sections: 14 })];
}

const keys = { LANGFUSE_PUBLIC_KEY: 'pk-lf-1', LANGFUSE_SECRET_KEY: 'sk-lf-1' };

describe('toIntroductionLines', () => {
  it('says how to get the traces into a Langfuse of your own, and what the agents know', () => {
    const lines = introduce({});

    expect(lines).toEqual([
      'The traces go to a fake Langfuse in this process; set LANGFUSE_PUBLIC_KEY and LANGFUSE_SECRET_KEY for yours.',
      'The agents know 3 files with 14 sections.',
    ]);
  });

  it('says what is missing when only one of the keys is set', () => {
    const lines = introduce({ env: { LANGFUSE_PUBLIC_KEY: 'pk-lf-1' } });

    expect(lines[0]).toMatch(/^LANGFUSE_SECRET_KEY is not set/);
  });

  it('names the Langfuse of the keys when both are set', () => {
    const lines = introduce({ env: keys });

    expect(lines[0]).toBe('The traces go to the Langfuse of your keys.');
  });

  it('says on Windows that the signal is left out', () => {
    const lines = introduce({ platform: 'win32' });

    expect(lines.at(-1)).toBe('SIGTERM is left out: Windows ends a process without asking it.');
  });
});
