import { describeEndings } from '../endings.ts';
import { agentRows } from './agent-rows.ts';
import { callerRows } from './caller-rows.ts';
import { limitRows } from './limit-rows.ts';
import { nestingRows } from './nesting-rows.ts';
import { processorRows } from './processor-rows.ts';
import { suspensionRows } from './suspension-rows.ts';

describeEndings('mastra', [
  ...agentRows,
  ...limitRows,
  ...callerRows,
  ...processorRows,
  ...suspensionRows,
  ...nestingRows,
]);
