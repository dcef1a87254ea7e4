/**
 * Why a goal is missed, by `figure/column`, in whole sentences; written by hand. A reason shows on the page only while
 * its goal is missed, so that an old one does no harm.
 */
export const reasons: Readonly<Record<string, string>> = {
  'steady/cpu':
    'A run is walked twice: in the calls, where its values are copied, bounded and searched for secrets, and later, when the copies are written as JSON. @langfuse/otel writes JSON in the calls, and neither copies nor searches. On OTLP gzip comes on top, on a thread beside the program; the row without it shows its share. No other writer of OTLP here compresses.',
  'steady/gzip':
    "Ours goes out as gzip's fastest level makes it, which is what is counted; the others are counted as level 6 would make them, which none of them pays for. The legacy wire and the row without compression are counted like the others.",
  'steady/requests':
    'When more than a batch waits, it is sent at once, and what is left goes right after it as a small batch of its own.',
  'large-input/longest':
    'The bounded copy has up to a megabyte, which is written as JSON in one go (about 5 ms; twice on the legacy wire, for the trace and for its root observation). Longer blocks are full collections of V8, with the 20 MB of the program in its heap.',
  'steady/caller':
    'What a call does for its values (copy, bound, search for secrets) is about half of it, the events are the other half ([0017](decisions/0017-copies-now-text-later.md)). @langfuse/otel writes JSON in the calls and looks for nothing. Text in the calls instead of copies made them half as dear again.',
  'steady/p99':
    'Untraced, the loop is 0.2 ms late; the floor that is written by hand is at 2.7 times that, and every other contender above it. Ours is late while a batch is written: after each 64 KB, the records of about two runs, other work gets its turn.',
  'steady/p999':
    'The same, and collections of V8 on top. Contenders that serialize 512 spans in one go are at 16 to 19 ms; on the legacy wire the `langfuse` client makes each event.',
  'burst/tick':
    'As the calls of a run, one by one. With the longest block after them, what holds the loop up is about half of what it is with @langfuse/otel, which also loses more than half of the runs.',
  'outage/share':
    'Both wires hold about 16 MB of records, as objects, which weigh more than their JSON. On OTLP 2.6 MB of memory that requests are written into is let go meanwhile; it was there before the outage, which makes that figure look better.',
  'open-runs/above':
    'Two states with their ids, times and maps, and what the payload weighs as objects beyond its JSON; the shares have not been measured. All contenders that keep the input of an open run are above 2 KB.',
  'open-runs/left':
    'The last 1,000 ended runs are remembered, by id, so that what is told of them late is recognised. That is a fixed amount: 5,000 runs share it here.',
  'soak/growth':
    'Between the fourth and the last look the heap grows by 0.2 to 0.3 MB (by 0.2 with @langfuse/otel). Caches fill up for some ten thousand runs: over 300,000 runs it was 1 byte a run ([0017](decisions/0017-copies-now-text-later.md)). `--long` measures a million; that has not been run yet.',
  'cold-start/cpu':
    'About 20 ms are the import: 8 for parsing the core, 5 for parsing zod, which is not evaluated. Then come modules of Node.js that a delivery needs: crypto 4 ms, the first request over `node:http` 13 ms, gzip 7 ms ([0016](decisions/0016-few-files-zod-on-first-use.md)).',
};
