/**
 * Why a goal is missed, by `figure/column`, in whole sentences; written by hand. A reason shows on the page only while
 * its goal is missed, so that an old one does no harm.
 */
export const reasons: Readonly<Record<string, string>> = {
  'steady/cpu':
    'A run is walked twice: in the calls, where its values are copied, bounded and searched for secrets, and later, when the copies are written as JSON, which alone is a fifth of it. @langfuse/otel writes JSON in the calls, and neither copies nor searches. On OTLP gzip comes on top, on a thread beside the program; the row without it shows its share. No other writer of OTLP here compresses.',
  'steady/gzip':
    "Ours goes out as gzip's fastest level makes it, which is what is counted; the others are counted as level 6 would make them, which none of them pays for. The legacy wire and the row without compression are counted like the others.",
  'large-input/longest':
    'The bounded copy has up to a megabyte, which is written as JSON in one go (about 5 ms; twice on the legacy wire, with a turn for others between). Longer blocks are full collections of V8, with the 20 MB of the program in its heap.',
  'steady/caller':
    'Copying, bounding and searching values is about half of what is left; the other half are 26 events, whose code runs cold at this pace: in a loop a run takes two thirds of that ([0017](decisions/0017-copies-now-text-later.md)). @langfuse/otel writes JSON in the calls and looks for nothing. The floor by hand, which writes each span in the calls, is above the goal too.',
  'steady/p99':
    'Untraced, the loop is 0.1 ms late; the floors that are written by hand are at four times that and more. Ours is late where the outbox takes 512 records out and notes what became of them, 0.2 ms each, and while they are written: after each 0.2 ms other work gets its turn.',
  'steady/p999':
    "Collections of V8's young generation, which copy the records that wait. Contenders that serialize 512 spans in one go are at 15 ms, the floors by hand at 8 and 12.",
  'burst/tick':
    'As the calls of a run, one by one. With the longest block after them, the loop is held up for about a third of the time that it is with @langfuse/otel, which also loses more than half of the runs.',
  'open-runs/left':
    'The last 1,000 ended runs are remembered, so that what is told of them late is recognised. That is a fixed amount, which 5,000 runs share here.',
  'soak/growth':
    'Code that V8 drops at the collections of the measurement and compiles again; what the package keeps grows by about a byte. `--long` measures a million runs.',
  'cold-start/cpu':
    'About 19 ms are the import: 10 for reading the core, 3 for skimming zod, which is not evaluated, 3 for ES modules as such. Then come modules of Node.js that a delivery needs: crypto 4 ms, the first request over `node:http` 12 ms, gzip 2 ms; and on the legacy wire the `langfuse` client ([0016](decisions/0016-few-files-zod-on-first-use.md)).',
};
