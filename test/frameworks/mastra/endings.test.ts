import { describeEndings } from '../endings.ts';
import { agentRows } from './agent-rows.ts';
import { nestingRows } from './nesting-rows.ts';
import { processorRows } from './processor-rows.ts';
import { suspensionRows } from './suspension-rows.ts';

describeEndings('mastra', [...agentRows, ...processorRows, ...suspensionRows, ...nestingRows]);
