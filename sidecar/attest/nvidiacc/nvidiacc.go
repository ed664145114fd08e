// Package nvidiacc asks an NVIDIA card in confidential-computing mode for its attestation, through NVML. It needs a
// build with cgo and the tag nvml on Linux; every other build, and every other card, says why it cannot.
package nvidiacc

import "errors"

// ErrUnavailable means that this build, this machine or this card gives no attestation.
var ErrUnavailable = errors.New("the card gives no attestation")

// Card is a card that attests itself.
type Card interface {
	// Describe names it in one line.
	Describe() string
	// Report is the chip's signed answer to a nonce, request included.
	Report(nonce [32]byte) ([]byte, error)
	// Certificates are the chip's as the driver returns them: PEM or DER, leaf first.
	Certificates() ([]byte, error)
}
