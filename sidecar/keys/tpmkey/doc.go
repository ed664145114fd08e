// Package tpmkey uses keys that live in a TPM 2.0: the device's own, which signs its work, and an attestation key,
// which says that the device's key is in the TPM. It speaks the TPM's commands through the kernel's resource manager
// (/dev/tpmrm0), or through a socket to a software TPM (swtpm).
//
// Keys are primary keys: the TPM makes them anew from its own seed and a template each time, and nothing secret is ever
// on disk. The device's template carries 32 random bytes, so that one TPM can hold many devices. Whoever may use the
// TPM and read those bytes can sign.
package tpmkey
