export type * from './contract';
export { settle } from './job';
export {
  binaryPath,
  buildNeeds,
  currentPlatform,
  loadBinding,
  native,
  type Platform,
  prebuiltBinaries,
} from './load';
export type * from './neighbors';
export { measureLimits, nativeInfo, setThreads } from './runtime';
