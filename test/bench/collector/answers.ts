/** A request, as far as an answer depends on it. */
export interface AnsweredRequest {
  readonly method: string;
  readonly path: string;
  readonly body: Buffer;
  /** The address of the collector. */
  readonly origin: string;
}

/** What is answered, and whether the body holds traces. */
export interface Answer {
  readonly type: 'traces' | 'other' | 'refused';
  readonly status: number;
  readonly body: string;
}

// The body parsers of Langfuse: 4.5 MB.
const langfuseLimitBytes = 4_500_000;

/** Answers as the real servers do: Langfuse on both wires, Braintrust and LangSmith as far as their SDKs ask. */
export function answerFor(request: AnsweredRequest): Answer {
  const { path, body } = request;
  if (path.startsWith('/api/public/')) return answerAsLangfuse(request);
  if (path.endsWith('/api/apikey/login')) return other({ org_info: [organization(request)] });
  if (path.endsWith('/api/project/register'))
    return other({ project: { id: '5f0c1a52-0000-4000-8000-000000000001', name: 'bench' } });
  if (path === '/version') return other({ version: 'bench', logs3_payload_max_bytes: 6_291_456 });
  if (path === '/info') return other(langSmithInfo);
  const isTraces = path === '/logs3' || path.includes('/runs');
  if (!isTraces) return other({});
  return {
    type: 'traces',
    status: path === '/logs3' ? 200 : 202,
    body: body.length > 0 ? '{"ids":[]}' : '{}',
  };
}

function answerAsLangfuse({ method, path, body }: AnsweredRequest): Answer {
  if (method === 'GET') return other({ status: 'OK', version: '4.16.0' });
  if (body.byteLength > langfuseLimitBytes)
    return { type: 'refused', status: 413, body: 'Body exceeded 4.5mb limit' };
  if (path.endsWith('/otel/v1/traces')) return { type: 'traces', status: 200, body: '{}' };
  if (path.endsWith('/ingestion')) return answerIngestion(body);
  return other({});
}

function answerIngestion(body: Buffer): Answer {
  const { batch } = JSON.parse(body.toString()) as {
    readonly batch: readonly { readonly id: string }[];
  };
  const successes = batch.map(({ id }) => ({ id, status: 201 }));
  return { type: 'traces', status: 207, body: JSON.stringify({ successes, errors: [] }) };
}

function other(value: unknown): Answer {
  return { type: 'other', status: 200, body: JSON.stringify(value) };
}

function organization({ origin }: AnsweredRequest): unknown {
  return { id: 'org', name: 'bench', api_url: origin, git_metadata: { collect: 'none' } };
}

// What api.smith.langchain.com says of itself, as far as the SDK reads it.
const langSmithInfo = {
  version: '0.12.0',
  batch_ingest_config: {
    use_multipart_endpoint: true,
    scale_up_qsize_trigger: 1_000,
    scale_up_nthreads_limit: 16,
    scale_down_nempty_trigger: 4,
    size_limit: 100,
    size_limit_bytes: 20_971_520,
  },
  instance_flags: { gzip_body_enabled: true, zstd_compression_enabled: true },
};
