import { expect, it, onTestFinished, vi } from 'vitest';
import { guarded, printFirstOfEach } from '../../src/diagnostics.ts';

it('a diagnostic is printed as one line, whatever a name or a server put into it', () => {
  let printed = '';
  const stderr = vi.spyOn(process.stderr, 'write').mockImplementation((text) => {
    printed += String(text);
    return true;
  });
  onTestFinished(() => stderr.mockRestore());

  guarded(printFirstOfEach())({
    code: 'server_error',
    severity: 'error',
    message: 'The server said \u001B[2J\nbye \u009B31m\u202Etxt.\u2028exe',
  });

  expect(printed).toBe('[langfuse-lifecycle] The server said  [2J bye  31m txt. exe\n');
});
