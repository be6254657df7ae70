/** What a person gets besides tasks: nothing yet. */
export const featuresFor = () => [];
