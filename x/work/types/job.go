package types

import errorsmod "cosmossdk.io/errors"

// Job is the pure work of verifying one item: its closures hold copied bytes and no context, so any goroutine may run
// them.
type Job struct {
	// Key names the verdict: SHA-256 over everything that decides it.
	Key [32]byte
	// DeviceID is the device that signed.
	DeviceID []byte
	// Index is the item's place in its batch.
	Index int
	// Cost is an upper bound in microseconds on the reference machine.
	Cost uint64
	// Signature checks the device's signature; Proof the class's arithmetic. Each is deterministic.
	Signature func() error
	Proof     func() error
}

// Verifier runs jobs; app/abci gives one that remembers verdicts. Every implementation returns what DirectVerifier
// does.
type Verifier interface {
	// VerifySignature checks the device's signature only.
	VerifySignature(Job) error
	// Verify checks the signature, then the proof.
	Verify(Job) error
}

// DirectVerifier computes every verdict anew.
type DirectVerifier struct{}

// VerifySignature implements Verifier.
func (DirectVerifier) VerifySignature(j Job) error { return j.Signature() }

// Verify implements Verifier.
func (DirectVerifier) Verify(j Job) error {
	if err := j.Signature(); err != nil {
		return err
	}
	return j.Proof()
}

// ItemError names the item that an error is about.
func ItemError(i int, err error) error { return errorsmod.Wrapf(err, "item %d", i) }
