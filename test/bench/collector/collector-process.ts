import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

import { answerFor } from './answers.ts';
import { createArrivalCounter, type ReceivedBody } from './arrivals.ts';
import type { CollectorCommand, CollectorReport } from './collector.ts';

// A collector is a process of its own, so that its work is in none of the figures. It only keeps what comes while a
// contender is measured, and reads it when it is asked.
const readAtBytes = 256 * 1024 * 1024;

let counter = createArrivalCounter();
let received: ReceivedBody[] = [];
let waitingBytes = 0;
let port = 0;
let isReading = true;
let counted = { requests: 0, wireBytes: 0 };

async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(Buffer.from(chunk));
  const body = Buffer.concat(chunks);
  const path = (request.url ?? '/').split('?', 1)[0] ?? '/';
  const answer = answerFor({ method: request.method ?? 'GET', path, body, origin: originOf(port) });
  response.writeHead(answer.status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(answer.body),
  });
  response.end(answer.body);
  if (answer.type === 'traces') {
    keep({
      path,
      contentType: request.headers['content-type'] ?? '',
      encoding: request.headers['content-encoding'] ?? '',
      body,
    });
  }
}

function keep(body: ReceivedBody): void {
  if (!isReading) {
    counted = {
      requests: counted.requests + 1,
      wireBytes: counted.wireBytes + body.body.byteLength,
    };
    return;
  }
  received.push(body);
  waitingBytes += body.body.byteLength;
  if (waitingBytes > readAtBytes) readAll();
}

function readAll(): void {
  for (const body of received) counter.add(body);
  received = [];
  waitingBytes = 0;
}

function originOf(listeningPort: number): string {
  return `http://127.0.0.1:${listeningPort}`;
}

let server: Server | undefined;

function listen(): Promise<void> {
  server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    // A client that broke off has nobody to be answered.
    handle(request, response).catch(() => response.destroy());
  });
  const listening = server;
  return new Promise((resolve) => {
    listening.listen({ port, host: '127.0.0.1' }, () => {
      ({ port } = listening.address() as AddressInfo);
      resolve();
    });
  });
}

function stopListening(): Promise<void> {
  return new Promise((resolve) => {
    server?.close(() => resolve());
    server?.closeAllConnections();
  });
}

async function obey(command: CollectorCommand): Promise<CollectorReport> {
  switch (command) {
    case 'up':
      await listen();
      break;
    case 'down':
      await stopListening();
      break;
    case 'forget':
      counter = createArrivalCounter();
      received = [];
      waitingBytes = 0;
      break;
    case 'count-only':
      isReading = false;
      break;
    case 'report':
      readAll();
      break;
    default:
      command satisfies never;
  }
  const totals = counter.totals();
  return {
    url: originOf(port),
    arrivals: isReading ? totals : { ...totals, ...counted },
  };
}

process.on('message', (command: CollectorCommand) => {
  void obey(command).then((report) => process.send?.(report));
});
process.once('disconnect', () => process.exit());
