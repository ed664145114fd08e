// Package attest shows the chain what hardware a device has: it asks for a nonce, lets a chip answer it, checks the
// answer with the chain's own verifier, and sends it; while the sidecar runs it does so again before the attestation
// expires.
//
// What a statement proves, and what it does not, is in x/device/evidence/SPEC.md section 5. It raises a reward tier and
// never creates pay, so nothing here may stop the device's work.
package attest
