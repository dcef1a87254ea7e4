import { describeEndings } from '../endings.ts';
import { aiSdkRows } from './ai-sdk-rows.ts';
import { axRows } from './ax-rows.ts';
import { imitatedRows } from './imitated-rows.ts';
import { withContextManager } from './telemetry.ts';

withContextManager();

describeEndings('opentelemetry', [...axRows, ...aiSdkRows, ...imitatedRows]);
