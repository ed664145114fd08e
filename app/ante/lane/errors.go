package lane

import errorsmod "cosmossdk.io/errors"

// Codespace is that of the errors of the evidence lane.
const Codespace = "lane"

// Errors of the lane. 0 means success and 1 is internal, so codes start at 2; a code is never reused.
var (
	ErrShape        = errorsmod.Register(Codespace, 2, "not a lane transaction")
	ErrTxTooLarge   = errorsmod.Register(Codespace, 3, "lane transaction too large")
	ErrWrongGas     = errorsmod.Register(Codespace, 4, "wrong gas limit for a lane transaction")
	ErrLaneFull     = errorsmod.Register(Codespace, 5, "evidence lane is full")
	ErrItemPending  = errorsmod.Register(Codespace, 6, "evidence is already pending")
	ErrOffender     = errorsmod.Register(Codespace, 7, "device sent invalid proofs")
	ErrNewcomersCap = errorsmod.Register(Codespace, 8, "evidence lane is full for devices without recent pay")
)
