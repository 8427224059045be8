export {
  ARTEFACT_VERSION,
  type Artefact,
  type ArtefactHead,
  type ArtefactInput,
  encodeArtefact,
  inspectArtefact,
  parseArtefact,
  readArtefact,
  writeArtefact,
} from './artefact';
export { type FileContent, fileError, writeFileAtomic } from './atomic';
export * from './csv';
export type { TensorData, TensorDtype } from './dtypes';
export type { SafetensorsHeader, TensorInfo } from './header';
export { parseNpy, readNpy } from './npy';
export {
  encodeSafetensors,
  parseSafetensors,
  readSafetensors,
  readSafetensorsHeader,
  type Safetensors,
  type Tensor,
  type TensorInput,
  writeSafetensors,
} from './safetensors';
