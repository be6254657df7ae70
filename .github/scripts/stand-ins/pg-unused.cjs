/**
 * Stands in for parts of the database driver that nothing of ours asks for: rows in the binary format, and the binding of
 * a login to a certificate, which is switched on by an option only.
 */
const unused = () => {
  throw new Error("this part of the database driver is not built in");
};
module.exports = { init: () => {}, signatureAlgorithmHashFromCertificate: unused };
