package lane

import (
	errorsmod "cosmossdk.io/errors"

	worktypes "github.com/joulechain/joule/x/work/types"
)

// Job is the pure work of one evidence item: closures over copied bytes, safe in any goroutine.
type Job struct {
	Key       [32]byte
	DeviceID  []byte
	Index     int
	Cost      uint64
	Signature func() error
	Proof     func() error
}

// Validate checks shape and limits.
func Validate(msg *worktypes.MsgSubmitWork, params worktypes.Params) error {
	if n := len(msg.Evidence); n == 0 || n > int(params.Lane.MaxEvidencePerTx) {
		return ErrShape.Wrapf("%d items", n)
	}
	return nil
}

// Gas is the gas a lane transaction declares.
func Gas(msg *worktypes.MsgSubmitWork, _ worktypes.Params) (uint64, error) {
	return 50_000 + 20_000*uint64(len(msg.Evidence)), nil
}

// VerifyCost is the batch's cost in units.
func VerifyCost(msg *worktypes.MsgSubmitWork, _ worktypes.Params) (uint64, error) {
	return 1_000 * uint64(len(msg.Evidence)), nil
}

// ErrNothingNew is returned for a batch of which no item is new.
var ErrNothingNew = errorsmod.Register(Codespace, 9, "nothing new")
