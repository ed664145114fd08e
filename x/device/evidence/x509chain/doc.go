// Package x509chain verifies short certificate chains of hardware (X.509 v3, RFC 5280 reduced to what chip makers
// issue) up to a root that is pinned by the SHA-256 of its public key. It is pure: no SDK, no I/O, no floats; the
// block's time comes in as a number. Parsing is its own (package der), signatures are checked by crypto/ecdsa and
// crypto/rsa with keys and encodings that were checked here first, so that nothing depends on a Go release's taste or
// on GODEBUG. ../SPEC.md section 2 has the rules and their order.
//
// What it leaves out, on purpose: names are compared as bytes and never interpreted, name constraints and certificate
// policies are refused where critical, revocation is a list of key hashes that comes in as data (no CRL, no OCSP), and
// there is no path building: the chain is given leaf first.
package x509chain
