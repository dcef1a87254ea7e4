/** Has the form of a secret key of Langfuse. */
export const madeUpSecret = 'sk-lf-0a1b2c3d-4e5f-6071-8293-a4b5c6d7e8f9';

/** JSON text: an array in an array, and so on. */
export function nested(depth: number): string {
  return '['.repeat(depth) + ']'.repeat(depth);
}

/** JSON text: an object in an object, and so on, with a number in the innermost. */
export function nestedObjects(depth: number): string {
  return `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`;
}

/** Steers a terminal (7-bit and 8-bit escape sequences), begins a new line, and turns the direction of writing. */
export const steering = 'a\u001b[2J\u009b31m\r\n[langfuse-lifecycle] all is well\u2028\u202e\u0007';

/** What of `steering` must not reach a terminal or a log. */
export const steeringCharacters = /[\p{Cc}\p{Cf}\u2028\u2029]/u;
