import { describeEndings } from '../endings.ts';
import { departureRows } from './departure-rows.ts';
import { failureRows } from './failure-rows.ts';
import { outcomeRows } from './outcome-rows.ts';

// The real SDK in every row, against a scripted Claude Code that replays what the real one said (2.1.330).
describeEndings('claude-agent', [...outcomeRows, ...failureRows, ...departureRows]);
