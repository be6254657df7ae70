const versionNameOf = ({ commit, variant }) => variant === void 0 ? commit : `${commit}-${variant}`;
export { versionNameOf as t };
