import { describeEndings } from '../endings.ts';
import { abortRows } from './abort-rows.ts';
import { approvalRows } from './approval-rows.ts';
import { generateRows } from './generate-rows.ts';
import { streamRows } from './stream-rows.ts';

describeEndings('openai-agents', [...generateRows, ...approvalRows, ...abortRows, ...streamRows]);
