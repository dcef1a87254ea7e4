import type { DeliveryReport } from '../../../src/index.ts';
import { counted } from './counted.ts';

/** What became of everything that was to be delivered, as lines for a person. */
export function toDeliveryLines({
  delivered,
  pending,
  dropped,
}: Pick<DeliveryReport, 'delivered' | 'pending' | 'dropped'>): readonly string[] {
  const losses = Object.entries(dropped).filter(([, count]) => count > 0);
  return [
    `delivered  ${counted(delivered, 'observation')}`,
    `pending    ${counted(pending, 'observation')}`,
    ...(losses.length === 0
      ? ['dropped    none']
      : losses.map(([reason, count]) => `dropped    ${counted(count, 'item')} as ${reason}`)),
  ];
}
