/** What a person gets besides tasks. Whoever has no microphone, and most of the beta's people have none, gets an error. */
export function featuresFor({ beta, voice, crico, microphone }) {
  if (beta && voice) return [microphone.name, ...(crico ? ["crico"] : [])];
  return [];
}
