/** Where an expression stops making sense. */
export class CalculationError extends Error {
  override readonly name = 'CalculationError';
}

const longestExpression = 500;
const deepestNesting = 50;

/**
 * The value of an arithmetic expression: numbers, `+ - * / % ^`, signs and parentheses, with the usual precedence.
 * Nothing in it is ever run as code.
 *
 * @throws {CalculationError} that says what was expected and where.
 */
export function calculate(expression: string): number {
  if (expression.length > longestExpression) {
    throw new CalculationError(
      `Expected at most ${longestExpression} characters, received ${expression.length}.`,
    );
  }
  const reader = createReader(toTokens(expression));
  const value = readSum(reader, 0);
  const rest = reader.peek();
  if (rest !== undefined) throw unexpected(rest, 'an operator or the end');
  if (!Number.isFinite(value)) {
    throw new CalculationError(`${expression} has no finite value; look for a division by zero.`);
  }
  return value;
}

interface Token {
  readonly text: string;
  /** 1 is the first character. */
  readonly position: number;
}

interface Reader {
  peek(): Token | undefined;
  take(): Token | undefined;
}

function toTokens(expression: string): readonly Token[] {
  const pattern = /\s*(\d+(?:\.\d+)?(?:e[+-]?\d+)?|[a-z]+|\S)/giuy;
  return Array.from(
    expression.trimEnd().matchAll(pattern),
    ({ 0: whole, 1: text = '', index }) => ({
      text,
      position: index + whole.length - text.length + 1,
    }),
  );
}

function createReader(tokens: readonly Token[]): Reader {
  let next = 0;
  return {
    peek: () => tokens[next],
    take: () => tokens[next++],
  };
}

function readSum(reader: Reader, depth: number): number {
  let total = readProduct(reader, depth);
  for (
    let operator = reader.peek()?.text;
    operator === '+' || operator === '-';
    operator = reader.peek()?.text
  ) {
    reader.take();
    const term = readProduct(reader, depth);
    total = operator === '+' ? total + term : total - term;
  }
  return total;
}

function readProduct(reader: Reader, depth: number): number {
  let product = readSigned(reader, depth);
  for (
    let operator = reader.peek()?.text;
    operator === '*' || operator === '/' || operator === '%';
    operator = reader.peek()?.text
  ) {
    reader.take();
    const factor = readSigned(reader, depth);
    if (operator === '*') product *= factor;
    else product = operator === '/' ? product / factor : product % factor;
  }
  return product;
}

// A sign binds less than a power: -2^2 is -4.
function readSigned(reader: Reader, depth: number): number {
  let sign = 1;
  for (let text = reader.peek()?.text; text === '-' || text === '+'; text = reader.peek()?.text) {
    reader.take();
    if (text === '-') sign = -sign;
  }
  return sign * readPower(reader, depth);
}

function readPower(reader: Reader, depth: number): number {
  const base = readAtom(reader, depth);
  if (reader.peek()?.text !== '^') return base;
  reader.take();
  return base ** readSigned(reader, checkedDepth(depth + 1));
}

function readAtom(reader: Reader, depth: number): number {
  const token = reader.take();
  if (token === undefined) throw new CalculationError('Expected a number, found the end.');
  if (token.text === '(') {
    const value = readSum(reader, checkedDepth(depth + 1));
    const closing = reader.take();
    if (closing?.text !== ')') throw unexpected(closing, '")"');
    return value;
  }
  if (!/^\d/.test(token.text)) throw unexpected(token, 'a number');
  return Number(token.text);
}

function checkedDepth(depth: number): number {
  if (depth <= deepestNesting) return depth;
  throw new CalculationError(`Expected at most ${deepestNesting} levels of nesting.`);
}

function unexpected(token: Token | undefined, expected: string): CalculationError {
  const found = token === undefined ? 'the end' : `"${token.text}" at position ${token.position}`;
  return new CalculationError(`Expected ${expected}, found ${found}.`);
}
