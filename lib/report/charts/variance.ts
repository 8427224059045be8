import { figure } from '../format';
import { type Chart, grid, valueAxis } from './option';

/** Shares of the variance of principal components, 0 to 1, the largest first. */
export function varianceChart(shares: readonly number[]): Chart {
  const two = 100 * ((shares[0] ?? 0) + (shares[1] ?? 0));
  return {
    title: 'Explained variance',
    description: `The first two components hold ${figure(two)} % of the variance.`,
    height: 300,
    option: {
      aria: { enabled: true },
      grid,
      tooltip: { trigger: 'axis' },
      xAxis: {
        type: 'category',
        name: 'component',
        nameLocation: 'middle',
        nameGap: 28,
        data: shares.map((_, i) => String(i + 1)),
      },
      yAxis: valueAxis('share of the variance', { nameGap: 44, scale: false }),
      series: [{ type: 'bar', name: 'share', data: [...shares] }],
    },
  };
}
