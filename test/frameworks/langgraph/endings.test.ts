import { describeEndings } from '../endings.ts';
import { agentRows } from './agent-rows.ts';
import { chainRows } from './chain-rows.ts';
import { graphRows } from './graph-rows.ts';
import { interruptedRows } from './interrupted-rows.ts';
import { pausedRows } from './paused-rows.ts';

describeEndings('langgraph', [
  ...agentRows,
  ...interruptedRows,
  ...pausedRows,
  ...graphRows,
  ...chainRows,
]);
