import { describe, expect, it, onTestFinished } from 'vitest';
import { createFakeLangfuse } from '../../mocks/fake-langfuse.ts';
import { serveFakeLangfuse } from '../../mocks/server.ts';
import { inPipe, onTerminal } from './terminal.ts';

// Without an address nothing of these programs leaves the machine.
const nowhere = { LANGFUSE_BASE_URL: 'http://127.0.0.1:1' };
const colour = '\u001b[';

async function commands(): Promise<readonly string[]> {
  const { output } = await inPipe(['--help']);
  const list = output.slice(output.indexOf('Commands:'), output.indexOf('Start here:'));
  return [...list.matchAll(/^ {2}(\w+)/gm)].map(([, name = '']) => name);
}

describe('the command line on a terminal', () => {
  it('shows colours, and none when NO_COLOR is set', async () => {
    const coloured = await onTerminal(['doctor'], { env: nowhere });
    const plain = await onTerminal(['doctor'], { env: { ...nowhere, NO_COLOR: '1' } });

    expect(coloured.output).toContain(`${colour}31m✗`);
    expect(plain.output).not.toContain(colour);
    expect(plain.output).toContain('✗ network');
    expect([coloured.code, plain.code]).toEqual([1, 1]);
  });

  it('ends serve with 0 at Ctrl-C', async () => {
    const { code, output } = await onTerminal(['serve', '--port', '0'], { stopsAt: /listens on/ });

    expect(code).toBe(0);
    expect(output).toMatch(/Fake Langfuse 4\.16\.0 listens on http:\/\/127\.0\.0\.1:\d+/);
  });

  it('ends send with 130 at Ctrl-C, and says how to go on', async () => {
    const server = await serveFakeLangfuse(createFakeLangfuse());
    onTestFinished(() => server.close());
    const env = {
      LANGFUSE_PUBLIC_KEY: 'pk-lf-local',
      LANGFUSE_SECRET_KEY: 'sk-lf-local',
      LANGFUSE_BASE_URL: server.url,
    };

    const { code, output } = await onTerminal(['send'], { env, stopsAt: /Type events/ });

    expect(output).toContain('Start again with --checkpoint <file>');
    expect(code).toBe(130);
  });
});

describe('the command line in a pipe', () => {
  it('writes no colours and no cursor movements', async () => {
    const { output, errors } = await inPipe(['doctor'], { env: nowhere });

    expect(output + errors).not.toContain(colour.charAt(0));
    expect(output + errors).not.toContain('\r');
  });

  it('ends quietly when its reader has seen enough', async () => {
    const { errors, code } = await inPipe(['demo'], { readsAtMost: 10 });

    expect(errors).toBe('');
    expect(code).toBe(0);
  });
});

describe('help', () => {
  it('says where to start', async () => {
    const { output, code } = await inPipe(['--help']);

    expect(output).toContain('Start here:');
    expect(code).toBe(0);
  });

  it('of each command has examples that call it, and its exit codes', async () => {
    const names = (await commands()).filter((name) => name !== 'help');

    for (const name of names) {
      const { output, code } = await inPipe([name, '--help']);

      expect(output.split('Examples:')[1], name).toMatch(new RegExp(`^ +\\$ .*${name}`, 'm'));
      expect(output, name).toMatch(/Exit codes?:/);
      expect(code, name).toBe(0);
    }
    expect(names).toEqual(expect.arrayContaining(['demo', 'doctor', 'serve', 'send', 'deliver']));
  });

  it.each([
    { args: ['dotcor'], said: '(Did you mean doctor?)' },
    { args: ['serve', '--prot', '1'], said: '(Did you mean --port?)' },
    { args: ['send', '--chekpoint', 'x'], said: '(Did you mean --checkpoint?)' },
    { args: ['doctor', '--jsno'], said: '(Did you mean --json?)' },
  ])('for $args guesses what was meant', async ({ args, said }) => {
    const { errors, code } = await inPipe(args);

    expect(errors).toContain(said);
    expect(code).toBe(2);
  });

  it('of one command is what help with its name says', async () => {
    const asked = await inPipe(['help', 'send']);

    expect(asked.output).toBe((await inPipe(['send', '--help'])).output);
    expect(asked.code).toBe(0);
  });

  it('of no command says so, and not something else', async () => {
    const { output, errors, code } = await inPipe(['help', 'dotcor']);

    expect(errors).toContain("error: unknown command 'dotcor'");
    expect([output, code]).toEqual(['', 2]);
  });

  it('lists every exit code', async () => {
    const { output } = await inPipe(['help']);

    const codes = [...(output.split('Exit codes')[1] ?? '').matchAll(/^ {2}(\d+) /gm)];
    expect(codes.map(([, code]) => code)).toEqual(['0', '1', '2', '130']);
  });

  it('without a command explains itself and fails', async () => {
    const { errors, code } = await inPipe([]);

    expect(errors).toContain('Start here:');
    expect(code).toBe(2);
  });
});

describe('wrong usage', () => {
  it.each([
    { args: ['demo', '--docs', '/no/such'], said: 'Expected a directory, found none at /no/such.' },
    { args: ['doctor', '--import', '/no/such'], said: 'Expected a file, found none at /no/such.' },
    { args: ['audit', '--html', '/no/such/a'], said: 'found none at /no/such.' },
    { args: ['serve', '--data', '/no/such/a'], said: 'found none at /no/such.' },
    { args: ['serve', '--import', '/no/such'], said: 'Expected a file, found none at /no/such.' },
    { args: ['send', '/no/such'], said: 'error: Expected a file, found none at /no/such.' },
    { args: ['deliver', '--journal', '/no/such'], said: 'Expected a directory, found none at' },
  ])('$args ends with 2, the reason, and where to read on', async ({ args, said }) => {
    const { output, errors, code } = await inPipe(args);

    expect(errors).toContain(said);
    expect(errors).toContain(`(langfuse-lifecycle ${args[0]} --help lists its options)`);
    expect([output, code]).toEqual(['', 2]);
  });
});
