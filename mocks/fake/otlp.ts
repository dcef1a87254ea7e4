import { gunzipSync } from 'node:zlib';
import type { FakeRequest, FakeResponse } from '../fake-exchange.ts';
import { jsonAnswer } from './answers.ts';
import { isRecord } from './json-value.ts';
import { decodeExportRequest } from './otlp-protobuf.ts';
import { refusalOfExport } from './otlp-validation.ts';
import type { Capabilities } from './server-version.ts';

// The real server has no limit; here a decompression bomb must not eat the test process.
const inflatedLimitBytes = 64 * 1024 * 1024;

/** A decoded export, or the answer to one that could not be decoded. `json` is there for either, if it parsed. */
export interface DecodedExport {
  readonly json?: unknown;
  readonly answer?: FakeResponse;
}

/** Decompresses and parses an OTLP request body. */
export function decodeExport(
  { body, headers }: FakeRequest,
  capabilities: Capabilities,
): DecodedExport {
  const isGzip = (headers['content-encoding'] ?? '').includes('gzip') && capabilities.otlpGzip;
  const bytes = isGzip ? inflate(body) : body;
  if (bytes === undefined) return refused('Failed to decompress request body');
  const contentType = (headers['content-type'] ?? '').toLowerCase();
  if (contentType.includes('application/x-protobuf')) return decodeProtobuf(bytes);
  if (contentType.includes('application/json') && capabilities.otlpJson) return decodeJson(bytes);
  return refused('Invalid content type');
}

/**
 * The answer to a decoded export that stores nothing: empty, of a future protocol version or with an unusable span;
 * undefined for one that is accepted.
 */
export function refusalOf(
  resourceSpans: unknown,
  {
    headers,
    capabilities,
  }: { readonly headers: FakeRequest['headers']; readonly capabilities: Capabilities },
): FakeResponse | undefined {
  if (!resourceSpans || (Array.isArray(resourceSpans) && resourceSpans.length === 0))
    return jsonAnswer(200, {});
  const version = headers['x-langfuse-ingestion-version'];
  const number = version ? Number.parseInt(version, 10) : 0;
  if (Number.isNaN(number) || number > 4) {
    return badRequest(
      `Unsupported x-langfuse-ingestion-version: ${JSON.stringify(version)}. Maximum supported: "4".`,
    );
  }
  const refusal = capabilities.otlpValidation ? refusalOfExport(resourceSpans) : undefined;
  return refusal === undefined ? undefined : badRequest(refusal);
}

/** Whether the export goes straight to the v4 table: by protocol version, or by the SDK that sent it. */
export function isDirect(headers: FakeRequest['headers']): boolean {
  if (Number.parseInt(headers['x-langfuse-ingestion-version'] ?? '', 10) >= 4) return true;
  const major = Number.parseInt(headers['x-langfuse-sdk-version'] ?? '', 10);
  const name = headers['x-langfuse-sdk-name'];
  return (name === 'python' && major >= 4) || (name === 'javascript' && major >= 5);
}

/** What an accepted export is answered; the real server shows its queue job, of which nothing can be relied on. */
export function acceptedAnswer(): FakeResponse {
  return jsonAnswer(200, { name: 'otel-ingestion-job' });
}

function inflate(body: Uint8Array): Uint8Array | undefined {
  try {
    return gunzipSync(body, { maxOutputLength: inflatedLimitBytes });
  } catch {
    return undefined;
  }
}

function decodeProtobuf(bytes: Uint8Array): DecodedExport {
  try {
    return { json: decodeExportRequest(bytes) };
  } catch {
    return refused('Failed to parse OTel Protobuf Trace');
  }
}

function decodeJson(bytes: Uint8Array): DecodedExport {
  const failure = 'Failed to parse OTel JSON Trace';
  try {
    const json = JSON.parse(new TextDecoder().decode(bytes)) as unknown;
    if (json === null) return refused(failure);
    return { json: isRecord(json) ? json : {} };
  } catch {
    return refused(failure);
  }
}

function refused(error: string): DecodedExport {
  return { answer: badRequest(error) };
}

function badRequest(error: string): FakeResponse {
  return jsonAnswer(400, { error });
}
