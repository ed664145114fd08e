// Package vrf holds the beacon's pure functions: the verifiable random function ECVRF-EDWARDS25519-SHA512-ELL2 of
// RFC 9381, the byte strings that validators prove over, and the function that folds an output into the mix.
// It reads no state, clock or file.
package vrf
