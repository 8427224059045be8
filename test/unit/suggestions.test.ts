import { didYouMean, nearest } from '../../lib/validate';

test.each<[string, string[], string | undefined]>([
  ['lable', ['label', 'size'], 'label'],
  ['batchsize', ['batchSize'], 'batchSize'],
  ['weight-decay', ['weightDecay'], 'weightDecay'],
  ['ag', ['age', 'size'], 'age'],
  ['Y', ['x', 'y'], 'y'],
  ['q', ['x', 'y'], undefined],
  ['ab', ['xy'], undefined],
  ['colour', ['size'], undefined],
  ['', ['x'], undefined],
])('the name nearest to %j of %j is %j', (name, candidates, expected) => {
  expect(nearest(name, candidates)).toBe(expected);
  expect(didYouMean(name, candidates)).toBe(expected === undefined ? '' : ` Did you mean \`${expected}\`?`);
});
