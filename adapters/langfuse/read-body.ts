/** The bytes as UTF-8; reading stops after the chunk with which they are more than `limitBytes`. */
export async function readBody(
  chunks: AsyncIterable<Uint8Array>,
  limitBytes: number,
): Promise<string> {
  const decoder = new TextDecoder();
  let text = '';
  let size = 0;
  for await (const chunk of chunks) {
    text += decoder.decode(chunk, { stream: true });
    size += chunk.byteLength;
    if (size > limitBytes) break;
  }
  return text;
}
