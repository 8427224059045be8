import { nativeInfo, setThreads } from '../../../lib';

describe('the native runtime', () => {
  test('tells the chosen and the available instruction sets', () => {
    const info = nativeInfo();
    expect(info.availableIsas).toContain(info.isa);
    expect([1, 4, 8, 16]).toContain(info.vectorWidth);
    if (process.env.HEBB_ISA !== undefined && info.rejectedIsa === null) expect(info.isa).toBe(process.env.HEBB_ISA);
  });

  test('resizes the compute pool', () => {
    const before = nativeInfo().threads;
    setThreads(3);
    expect(nativeInfo().threads).toBe(3);
    setThreads(before);
    expect(nativeInfo().threads).toBe(before);
  });

  test.each([0, -1, 1.5, 257, Number.NaN])('refuses %p threads', (threads) => {
    expect(() => setThreads(threads)).toThrow(expect.objectContaining({ name: 'ArgumentError', code: 'ERR_ARGUMENT' }));
  });
});
