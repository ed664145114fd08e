// Package evidence binds what a chip vouches for to one device of one chain at one height. Below it are the verifiers:
// nvidia checks the confidential-computing attestation of a GPU, tpm the certification of a device key by a TPM 2.0,
// x509chain and der the certificates that both come with. All of them are pure: no SDK, no I/O, no clock, no floats,
// bounded input, one verdict per input on every machine. SPEC.md has formats, order of checks, what each proves and
// does not prove, and costs.
package evidence
