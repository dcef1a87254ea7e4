/** A value that JSON can write as it is. */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue };

/** A value of a sanitized event, which is plain JSON whatever its type says. */
export function asJson(value: unknown): JsonValue {
  return value as JsonValue;
}

/** An object of a sanitized event; an absent one is empty. */
export function asJsonRecord(
  value: Readonly<Record<string, unknown>> | undefined,
): Readonly<Record<string, JsonValue>> {
  return (value ?? {}) as Readonly<Record<string, JsonValue>>;
}
