// Package keys holds the sidecar's secrets: device keys (ed25519, secp256r1) that sign evidence and account keys
// (secp256k1) that sign transactions. A key is a file of mode 0600, optionally encrypted with Argon2id and
// XChaCha20-Poly1305; or it lives in a TPM (tpmkey) and the file says where. Secrets never appear in logs, errors or
// command lines.
package keys
