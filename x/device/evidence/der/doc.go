// Package der reads the distinguished encoding rules (X.690) strictly: one encoding per value, definite and minimal
// lengths, no bytes left over. It knows only what certificates of hardware need. It is pure: no SDK, no I/O, no clock,
// no floats, and it never looks past the bytes that it is given.
//
// Why not encoding/asn1 and crypto/x509: what they accept changes between Go releases (negative serial numbers, string
// types, key sizes, GODEBUG settings). Two validators built with different toolchains would then disagree about a
// block. What this package accepts changes only with this code (x509chain's tests compare the two on real and mutated
// certificates).
package der
