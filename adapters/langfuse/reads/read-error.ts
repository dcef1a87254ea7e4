/** Thrown when Langfuse cannot be read: what was asked, what came, what to do. */
export class ReadError extends Error {
  override readonly name = 'ReadError';
}
