import type { LifecycleRecord, Outcome, Sink } from '../../src/index.ts';
import {
  type LangfuseOptions,
  type LangfuseSettings,
  readConfig,
  type WireChoice,
} from './config.ts';
import { type Connection, createConnection } from './connection.ts';
import { createTraceUrl } from './trace-url.ts';
import { missingProblem } from './verdict.ts';
import type { WireOutcome } from './wire.ts';
import type { Sender } from './wires.ts';

/**
 * A sink that asks the server how it wants to be written to, sends that way, and changes over when the server changes
 * its mind. Does no network I/O and loads no SDK until the first record.
 */
export function langfuse(options?: LangfuseOptions): Sink {
  return toSink('langfuse', options, ({ wire }) => wire);
}

/** A sink for the legacy ingestion endpoint: servers before 4, and 4 in the write modes `legacy` and `dual`. */
export function langfuseIngestion(options?: LangfuseOptions): Sink {
  return toSink('langfuse-ingestion', options, () => 'ingestion');
}

/** A sink for the OTLP endpoint: servers from 3.30 on (protobuf with gzip), Langfuse Cloud, an OpenTelemetry Collector. */
export function langfuseOtlp(options?: LangfuseOptions): Sink {
  return toSink('langfuse-otlp', options, () => 'otlp');
}

function toSink(
  name: string,
  options: LangfuseOptions | undefined,
  choose: (settings: LangfuseSettings) => WireChoice,
): Sink {
  const config = readConfig(options);
  if (config.type === 'disabled') return disabledSink(name, config.message);
  return connectedSink(name, config.settings, choose(config.settings));
}

function disabledSink(name: string, message: string): Sink {
  return {
    name,
    disabled: { message },
    send: (records) =>
      Promise.resolve(
        records.map((): Outcome => ({ type: 'rejected', reason: 'rejected', message })),
      ),
  };
}

function connectedSink(name: string, settings: LangfuseSettings, wire: WireChoice): Sink {
  const connection = createConnection(settings);
  let sender: Sender | undefined;
  return {
    name,
    start: (context) => connection.attach(context),
    async send(records: readonly LifecycleRecord[], { signal }) {
      // Loaded with the first records: a program that starts, or is never traced, does without.
      const { createSender } = await import('./wires.ts');
      sender ??= createSender(wire, connection);
      const outcomes = await sender.send(records, { signal });
      return outcomes.map((outcome) => toOutcome(outcome, connection));
    },
    traceUrl: createTraceUrl(connection),
    get standIn() {
      return {
        module: new URL(entryName(), import.meta.url).href,
        factory: 'langfuse',
        options: toStandInOptions(settings, sender?.name ?? wire),
      };
    },
  };
}

// What exports the factory: in the package beside this file, whatever file this has become a part of.
function entryName(): string {
  return import.meta.url.endsWith('.ts') ? './index.ts' : './langfuse.js';
}

// Everything is said, so that the other process needs neither environment nor `.env`; a `fetch` of the host stays here.
function toStandInOptions(settings: LangfuseSettings, wire: WireChoice): LangfuseOptions {
  const { fetch: _fetch, notices: _notices, proxyVariables, ...rest } = settings;
  return { ...rest, wire, dotenv: false, env: proxyVariables };
}

// With one wire only there is nowhere else to go: the records wait for the server or the configuration to change.
function toOutcome(outcome: WireOutcome, connection: Connection): Outcome {
  if (outcome.type !== 'wrong-wire') return outcome;
  const { cause, message } = outcome;
  connection.tellProblem(
    cause === 'missing'
      ? missingProblem(message)
      : {
          code: 'wire',
          message: `${connection.settings.baseUrl} does not take traces on the ingestion endpoint (${message}); traces wait. Set LANGFUSE_WIRE=auto, or use langfuse() or langfuseOtlp().`,
        },
  );
  return { type: 'retry' };
}
