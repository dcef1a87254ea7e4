import { describeEndings } from '../endings.ts';
import { abortRows } from './abort-rows.ts';
import { approvalRows } from './approval-rows.ts';
import { generateRows } from './generate-rows.ts';
import { guardrailRows } from './guardrail-rows.ts';
import { nestingRows } from './nesting-rows.ts';
import { streamRows } from './stream-rows.ts';

describeEndings('openai-agents', [
  ...generateRows,
  ...guardrailRows,
  ...approvalRows,
  ...nestingRows,
  ...abortRows,
  ...streamRows,
]);
