import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const run = promisify(execFile);

const program = `
import { registerHooks } from 'node:module';
const asked = [];
registerHooks({
  resolve(specifier, context, next) {
    asked.push(specifier);
    return next(specifier, context);
  },
});
let requests = 0;
globalThis.fetch = () => { requests += 1; return Promise.resolve(Response.json({})); };
const { langfuse, langfuseIngestion, langfuseOtlp } = await import('./adapters/langfuse/index.ts');
const env = { LANGFUSE_PUBLIC_KEY: 'pk-lf-1', LANGFUSE_SECRET_KEY: 'sk-lf-1' };
for (const create of [langfuse, langfuseIngestion, langfuseOtlp]) create({ env, dotenv: false });
console.log(JSON.stringify({ asked, requests }));
`;

it('the sinks load no SDK and send nothing before the first record', async () => {
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', program]);

  const { asked, requests } = JSON.parse(stdout) as { asked: string[]; requests: number };
  expect(asked).toContain('zod');
  expect(asked.filter((name) => /^(langfuse|@opentelemetry\/)/.test(name))).toEqual([]);
  expect(requests).toBe(0);
});
