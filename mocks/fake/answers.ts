import type { FakeResponse } from '../fake-exchange.ts';

const jsonType = 'application/json; charset=utf-8';

/** A JSON answer. */
export function jsonAnswer(status: number, body: unknown): FakeResponse {
  return { status, headers: { 'content-type': jsonType }, body: JSON.stringify(body) };
}

/** A plain-text answer without content type, as the body parser of the real server gives it. */
export function textAnswer(status: number, body: string): FakeResponse {
  return { status, headers: {}, body };
}

/** A 404 for something that is not there, on a path that is. */
export function notFound(message: string): FakeResponse {
  return jsonAnswer(404, { message, error: 'LangfuseNotFoundError' });
}

/** The page that an unknown path gets, for every method. */
export function notFoundPage(): FakeResponse {
  return {
    status: 404,
    headers: { 'content-type': 'text/html; charset=utf-8' },
    body: '<!DOCTYPE html><html lang="en"><head><title>404: This page could not be found</title></head><body><h1>404</h1></body></html>',
  };
}

/** The 308 that doubled and trailing slashes get. */
export function redirect(path: string): FakeResponse {
  return { status: 308, headers: { location: path }, body: path };
}

/** Thrown inside a read for a request that is refused with one sentence. */
export class InvalidRequest extends Error {}

/** Thrown inside a read for parameters that do not parse; the issues are zod's. */
export class InvalidParameters extends Error {
  readonly issues: readonly unknown[];

  constructor(issues: readonly unknown[]) {
    super('Invalid request data');
    this.issues = issues;
  }
}

/** The 400 for what a read threw, in one of the server's two shapes; undefined for anything else. */
export function refusalOfRead(thrown: unknown): FakeResponse | undefined {
  if (thrown instanceof InvalidParameters) {
    return jsonAnswer(400, { message: thrown.message, error: thrown.issues });
  }
  if (thrown instanceof InvalidRequest) {
    return jsonAnswer(400, { message: thrown.message, error: 'InvalidRequestError' });
  }
  return undefined;
}
