/** What a person gets besides tasks: beta features, if this version has them and it is their turn. */
export function featuresFor({ beta, voice, crico }) {
  return beta ? [...(voice ? ["voice"] : []), ...(crico ? ["crico"] : [])] : [];
}
