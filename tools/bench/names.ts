/** The figures that `npm run bench -- NAME…` takes, and outside tools read in its JSON: they stay as they are. */
export const FIGURES = [
  "programLoad",
  "noChangePreview",
  "noChangeUp",
  "oneSecretLive",
  "tenSecretsVsPuts",
  "tenSecretsVsBulk",
  "preview200Workers",
  "sandboxReady",
  "escEvalTypical",
  "escEvalBenchFolder",
  "stateUp200",
] as const;

export type FigureName = (typeof FIGURES)[number];

export function isFigure(name: string): name is FigureName {
  return FIGURES.some((figure) => figure === name);
}
