import { describeEndings } from '../endings.ts';
import { generateRows } from './generate-rows.ts';
import { streamRows } from './stream-rows.ts';

describeEndings('ai-sdk', [...generateRows, ...streamRows]);
