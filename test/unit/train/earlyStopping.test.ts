import { BestTracker, type EpochRecord, resolveEarlyStopping } from '../../../lib/train';

const record = (epoch: number, valLoss: number): EpochRecord => ({
  epoch,
  loss: 1,
  valLoss,
  learningRate: 0.1,
  seconds: 0,
  metrics: { accuracy: 0.5 },
});

const error = (message: RegExp) =>
  expect.objectContaining({ name: 'ArgumentError', message: expect.stringMatching(message) });

describe('resolveEarlyStopping', () => {
  test('fills in defaults', () => {
    expect(resolveEarlyStopping(true, true)).toEqual({
      monitor: 'valLoss',
      patience: 10,
      minDelta: 0,
      mode: 'min',
      restoreBest: true,
    });
    expect(resolveEarlyStopping({ patience: 3 }, false)).toMatchObject({ monitor: 'loss', patience: 3 });
    expect(resolveEarlyStopping({ monitor: 'valAccuracy' }, true)).toMatchObject({ mode: 'max' });
    expect(resolveEarlyStopping(false, true)).toBeUndefined();
    expect(resolveEarlyStopping(undefined, true)).toBeUndefined();
  });

  test('refuses what makes no sense', () => {
    expect(() => resolveEarlyStopping({ patience: 0 }, true)).toThrow(error(/patience/));
    expect(() => resolveEarlyStopping({ patients: 3 } as never, true)).toThrow(error(/`patience`/));
    expect(() => resolveEarlyStopping({ monitor: 'valLoss' }, false)).toThrow(error(/validationSplit/));
    expect(() => resolveEarlyStopping({ minDelta: -1 }, true)).toThrow(error(/minDelta/));
    expect(() => resolveEarlyStopping('yes' as never, true)).toThrow(error(/object/));
  });
});

describe('BestTracker', () => {
  test('patience counts epochs without improvement', () => {
    const tracker = new BestTracker('valLoss', 'min', 0, 2);
    const seen = [3, 2, 2, 2.5].map((value, epoch) => tracker.see(record(epoch, value)));
    expect(seen.map((s) => s.improved)).toEqual([true, true, false, false]);
    expect(seen.map((s) => s.exhausted)).toEqual([false, false, false, true]);
    expect(tracker.bestEpoch).toBe(1);
  });

  test('minDelta is what an improvement has to exceed', () => {
    const tracker = new BestTracker('valLoss', 'min', 0.5, 5);
    expect([3, 2.6, 2.4].map((value, epoch) => tracker.see(record(epoch, value)).improved)).toEqual([
      true,
      false,
      true,
    ]);
  });

  test('metrics are watched for their maximum', () => {
    const tracker = new BestTracker('accuracy', 'max');
    const see = (accuracy: number, epoch: number) =>
      tracker.see({ ...record(epoch, 1), metrics: { accuracy } }).improved;
    expect([0.1, 0.3, 0.2].map(see)).toEqual([true, true, false]);
  });

  test('a name that no epoch has is refused with those that it has', () => {
    const tracker = new BestTracker('valF1', 'max');
    expect(() => tracker.see(record(0, 1))).toThrow(error(/loss, valLoss, accuracy/));
  });
});
