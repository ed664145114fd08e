// Package nvidia verifies the attestation that an NVIDIA datacentre GPU gives in confidential-computing mode: an SPDM
// 1.1 GET_MEASUREMENTS exchange, signed by a key that lives in the chip, and the five certificates from that key to
// NVIDIA's device identity root. It is pure: no SDK, no I/O, no clock, no floats. ../SPEC.md section 3 has the bytes,
// the order of checks and what the statement does not prove.
//
//	VerifyChain    the certificates, once at registration: about five P-384 signatures. Its Identity can be stored
//	VerifyReport   a report under a known Identity, at each renewal: one P-384 signature
//	Verify         both
package nvidia
