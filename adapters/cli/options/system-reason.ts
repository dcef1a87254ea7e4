/** What an error of the system says, without the call and the path: `EACCES: permission denied`. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const call = 'syscall' in error && typeof error.syscall === 'string' ? error.syscall : undefined;
  const end = call === undefined ? -1 : error.message.indexOf(`, ${call}`);
  return end === -1 ? error.message : error.message.slice(0, end);
}
