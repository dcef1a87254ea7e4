/**
 * Why a goal is missed, by `figure/column`, in whole sentences; written by hand. A reason shows on the page only while
 * its goal is missed, so that an old one does no harm.
 */
export const reasons: Readonly<Record<string, string>> = {
  'steady/cpu':
    'A run is walked twice: in the calls, where its values are copied, bounded and searched for secrets, and later, when the copies are written as JSON. The contenders write JSON in the calls and neither copy nor search. On OTLP gzip comes on top, on a thread beside the program; the row without it shows its share. No other writer of OTLP here compresses.',
  'steady/gzip':
    "Ours goes out as gzip's fastest level makes it, which is what is counted; the others are counted as level 6 would make them, which none of them pays for. The legacy wire and the row without compression are counted like the others.",
  'steady/requests':
    'When more than a batch waits, it is sent at once, and what is left goes right after it as a small batch of its own.',
  'large-input/longest':
    'The bounded copy has up to a megabyte, which is written as JSON in one go (about 5 ms; twice on the legacy wire, for the trace and for its root observation). Longer blocks are full collections of V8, with the 20 MB of the program in its heap.',
};
