import type { Sighting } from './sighting.ts';

interface BraintrustRows {
  readonly rows?: readonly Readonly<Record<string, unknown>>[];
}

/** Reads what Braintrust's SDK sends to `logs3`. */
export function* readBraintrust({ rows = [] }: BraintrustRows): Generator<Sighting> {
  for (const row of rows) {
    const { id, span_parents: parents, output } = row;
    yield {
      id: String(id),
      isParent: !Array.isArray(parents) || parents.length === 0,
      hasOutput: output !== undefined && output !== null,
    };
  }
}

/** Reads what LangSmith's SDK sends to `runs/multipart` and `runs/batch`. */
export function readLangSmith(body: Buffer, contentType: string): Iterable<Sighting> {
  const boundary = /boundary="?([^";]+)/.exec(contentType)?.[1];
  return boundary === undefined
    ? readLangSmithBatch(JSON.parse(body.toString()))
    : readLangSmithParts(body.toString(), boundary);
}

type LangSmithRun = Readonly<Record<string, unknown>>;

function* readLangSmithBatch({
  post = [],
  patch = [],
}: {
  readonly post?: readonly LangSmithRun[];
  readonly patch?: readonly LangSmithRun[];
}): Generator<Sighting> {
  for (const run of [...post, ...patch])
    yield toSighting(run, run['outputs'] !== undefined && run['outputs'] !== null);
}

// A run travels as a part of its own and one for each large field, named `post.<id>` and `post.<id>.outputs`.
function* readLangSmithParts(text: string, boundary: string): Generator<Sighting> {
  const parents = new Map<string, boolean>();
  const outputs = new Set<string>();
  for (const part of text.split(`--${boundary}`)) {
    const named = /name="(?:post|patch)\.([\w-]+)(?:\.(\w+))?"/.exec(part);
    if (named === null) continue;
    const [, id = '', field] = named;
    if (field === 'outputs') outputs.add(id);
    if (field !== undefined) continue;
    const run: LangSmithRun = JSON.parse(part.slice(part.indexOf('\r\n\r\n')));
    parents.set(id, toSighting(run, false).isParent);
    if (run['outputs'] !== undefined) outputs.add(id);
  }
  for (const [id, isParent] of parents) yield { id, isParent, hasOutput: outputs.has(id) };
}

function toSighting(run: LangSmithRun, hasOutput: boolean): Sighting {
  const parent = run['parent_run_id'];
  return { id: String(run['id']), isParent: parent === undefined || parent === null, hasOutput };
}
