import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';

/**
 * A stand-in for Claude Code: it speaks the stream-json protocol over stdio and replays one recording of the real
 * binary, line by line. Lines with `cli` are directions: `wait` for a `user` message, a `response` of the SDK, an
 * `interrupt` or the `end` of the input; `exit` with a code; `kill` itself.
 */
type Direction =
  | { readonly cli: 'wait'; readonly for: 'user' | 'response' | 'interrupt' | 'end' }
  | { readonly cli: 'exit'; readonly code: number }
  | { readonly cli: 'kill' };

interface Incoming {
  readonly type: string;
  readonly request_id?: string;
  readonly request?: { readonly subtype: string };
}

const path = process.env['CLAUDE_RECORDING'] ?? '';
const clock = process.env['CLAUDE_CLOCK'];
const lines = readFileSync(path, 'utf8').trim().split('\n');
const seen: string[] = [];
let wake: () => void = () => {};

const input = createInterface({ input: process.stdin });
input.on('line', (line) => receive(JSON.parse(line) as Incoming));
input.on('close', () => notice('end'));

function receive({ type, request_id, request }: Incoming): void {
  if (type === 'control_request') {
    send({
      type: 'control_response',
      response: { subtype: 'success', request_id, response: { commands: [], still_queued: [] } },
    });
    notice(request?.subtype ?? '');
  } else {
    notice(type === 'control_response' ? 'response' : type);
  }
}

function notice(what: string): void {
  seen.push(what);
  wake();
}

function send(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

/** Resolves when the event has come once more; an input that has ended brings nothing more and ends the process. */
async function waitFor(what: string): Promise<void> {
  for (;;) {
    const index = seen.indexOf(what);
    if (index >= 0) {
      if (what !== 'end') seen.splice(index, 1);
      return;
    }
    if (seen.includes('end')) process.exit(143);
    await new Promise<void>((resolve) => {
      wake = resolve;
    });
  }
}

async function follow(direction: Direction): Promise<void> {
  switch (direction.cli) {
    case 'wait':
      return waitFor(direction.for);
    case 'exit':
      await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
      return process.exit(direction.code);
    case 'kill':
      await new Promise<void>((resolve) => process.stdout.write('', () => resolve()));
      process.kill(process.pid, 'SIGKILL');
      return waitFor('nothing more');
    default:
      return direction satisfies never;
  }
}

for (const line of lines) {
  const step = JSON.parse(line) as Direction | { readonly timestamp?: string };
  if ('cli' in step) await follow(step);
  else if (clock === 'now' && step.timestamp !== undefined) {
    send({ ...step, timestamp: new Date().toISOString() });
  } else send(step);
}
