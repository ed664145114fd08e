// Package tpm verifies that a device key was made by a TPM 2.0 and never leaves it. It is pure: no SDK, no I/O, no
// clock, no floats. ../SPEC.md section 4 has the statements, their bytes and what they do not prove.
//
// The statement is TPM2_Certify: an attestation key (AK, a restricted signing key) of the same TPM signs the name of
// the device key and a nonce. What makes a key an AK of a real TPM cannot be seen from the key. There are two ways to
// know it:
//
//	VerifyAttestationChain   a maker, cloud or enrolment authority has certified the AK; its root is pinned. Validators check it alone
//	VerifyEndorsementChain   the maker has certified the endorsement key (EK), which can decrypt but not sign: the chain alone says nothing
//	  + VerifyActivation     about who shows it. Challengers encrypt secrets to EK and AK together; only a TPM that holds both can answer. A
//	                         challenger's secret is revealed afterwards, so that every validator can check the whole exchange
//
// Either gives a key for VerifyCertification.
package tpm
