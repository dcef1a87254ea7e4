import { readFile, writeFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { rows } from './rows.ts';
import { toTable } from './table.ts';

const page = new URL('../../docs/conversation-id.md', import.meta.url);
const marked = /(?<=<!-- generated:begin -->\n)[^]*(?=\n<!-- generated:end -->)/;

describe('docs/conversation-id.md', () => {
  it('prints the rows that the policy is tested with (UPDATE_DOCS=1 writes them)', async () => {
    const before = await readFile(page, 'utf8');
    if (process.env['UPDATE_DOCS'] === '1') {
      await writeFile(
        page,
        before.replace(marked, () => toTable(rows)),
      );
    }

    const table = marked.exec(await readFile(page, 'utf8'))?.[0];

    expect(table).toBe(toTable(rows));
  });
});
