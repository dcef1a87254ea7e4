import { describeEndings } from '../endings.ts';
import { abortRows } from './abort-rows.ts';
import { agentRows } from './agent-rows.ts';
import { chainRows } from './chain-rows.ts';
import { graphRows } from './graph-rows.ts';
import { limitRows } from './limit-rows.ts';
import { pauseRows } from './pause-rows.ts';
import { streamRows } from './stream-rows.ts';

describeEndings('langgraph', [
  ...agentRows,
  ...limitRows,
  ...abortRows,
  ...streamRows,
  ...pauseRows,
  ...graphRows,
  ...chainRows,
]);
