/** A repeatable source of numbers from 0 to 1 (mulberry32), so that every contender gets the same work. */
export type Random = () => number;

export function createRandom(seed: number): Random {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

// Frequent words first: a word is drawn with the inverse of its rank, as Zipf found it in texts.
const words =
  `the to and a of you your is in it for that on we this with be not have are can if as will was or at our from by order
  they please has but an when which there no been one all would what so their about more customer who after time first two
  other only than could new also day any now may before item return delivery account made most through week refund into last
  over because those how address should need sent both where while payment still same request between under policy number
  within however without during each since until status being long send even days against again does invoice right use must
  well set next part price few since shipped case might change several received package contact open product total service
  warehouse amount credit question charge information message available another provide early card support receive carrier
  replacement confirm reason date original cancel already full damaged checked form further working help email later place
  shipping keep given cost month office record currently tracking parcel box complete issue label expected business once
  quantity sorry unfortunately weight correct confirmed region transfer depot local note team following signature attempt
  neighbour weather balance voucher holiday discount subscription manager warranty condition photograph purchase wallet
  bank statement duplicate exchange colour larger smaller store partner stock reserve customs duty import document declare
  insurance claim report lost found route driver evening morning weekend doorstep entrance building floor apartment street
  city country postcode mistake typed update profile password phone verified fraud review escalate specialist priority
  response promised apology goodwill gesture courtesy internal external system error screen website application browser
  reload attached file picture quality material broken scratched missing screw cable battery manual language assembly
  tool shelf table chair lamp mirror carpet drawer handle glass wooden metal fabric cushion mattress cover frame`
    .split(/\s+/)
    .filter((word) => word !== '');

const cumulated: readonly number[] = words.reduce<number[]>((sums, _word, rank) => {
  sums.push((sums.at(-1) ?? 0) + 1 / (rank + 3));
  return sums;
}, []);

function word(random: Random): string {
  const wanted = random() * (cumulated.at(-1) ?? 0);
  let low = 0;
  let high = cumulated.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((cumulated[middle] ?? 0) < wanted) low = middle + 1;
    else high = middle;
  }
  return words[low] ?? 'the';
}

/** A whole number below `end`. */
export function below(random: Random, end: number): number {
  return Math.floor(random() * end);
}

function figure(random: Random): string {
  const kind = random();
  if (kind < 0.4) return orderId(random);
  if (kind < 0.7) return `${below(random, 300)}.${below(random, 90) + 10} EUR`;
  return date(random);
}

export function orderId(random: Random): string {
  return `ORD-${below(random, 900_000) + 100_000}`;
}

export function date(random: Random): string {
  return `2026-${String(below(random, 12) + 1).padStart(2, '0')}-${String(below(random, 28) + 1).padStart(2, '0')}`;
}

/**
 * Sentences of a support desk, `characters` long. Alone they shrink under gzip as English prose does (the pages of
 * this documentation, 4 KB at a time: 2.1 to 2.3 times), since their words come as often as words do, with numbers between.
 */
export function prose(random: Random, characters: number): string {
  let text = '';
  while (text.length < characters) {
    const length = 6 + below(random, 14);
    let sentence = '';
    for (let at = 0; at < length; at += 1) {
      const next = random() < 0.04 ? figure(random) : word(random);
      sentence += at === 0 ? capitalised(next) : `${random() < 0.06 ? ',' : ''} ${next}`;
    }
    text += `${sentence}${random() < 0.12 ? '.\n' : '. '}`;
  }
  return text.slice(0, characters);
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
