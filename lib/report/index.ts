export { varianceChart } from './charts/variance';
export { type DoctorInput, diagnose } from './doctor';
export { PARAMETERS_PER_ROW } from './doctor/rows';
export { entitySection, renderEntities, type TextEntity, type TextValue, valueText } from './entities';
export { count, counted, figure, percent } from './format';
export { colorsOf, type PointMap, type PointMapOptions, pointMap } from './map';
export { mapSvg } from './mapSvg';
export { renderMap, renderPage, type Section } from './page';
export { renderReport } from './render';
export type {
  ClassificationReport,
  ColumnReport,
  DataReport,
  EnvironmentReport,
  EvaluationReport,
  Finding,
  Histogram,
  ModelReport,
  NumericSummary,
  RegressionReport,
  ReportColumnType,
  ReportTask,
  TrainingCurves,
  TrainingReport,
} from './types';
