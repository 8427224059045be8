export type * from './contract';
export { settle } from './job';
export { binaryPath, currentPlatform, loadBinding, native, type Platform, prebuiltBinaries } from './load';
export type * from './neighbors';
export { measureLimits, nativeInfo, setThreads } from './runtime';
