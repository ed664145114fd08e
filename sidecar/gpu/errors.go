package gpu

import "errors"

// What can be wrong with a card. Backends wrap these, so that one policy serves
// all drivers. An error that wraps none of them came from the context or the caller.
var (
	// ErrUnavailable: no library, a library without a symbol, no driver, no such
	// card, or a card that is too old. It will not change while the program runs.
	ErrUnavailable = errors.New("gpu: not available on this machine")
	// ErrOutOfMemory: the card's free memory does not hold the smallest layout.
	ErrOutOfMemory = errors.New("gpu: card has too little free memory")
	// ErrBuild: the driver refuses the kernels. The text carries its log.
	ErrBuild = errors.New("gpu: driver cannot build the kernels")
	// ErrBusy: another program holds the card for itself.
	ErrBusy = errors.New("gpu: card is held by another program")
	// ErrLost: the card fell off the bus or needs a reset.
	ErrLost = errors.New("gpu: card is lost")
	// ErrDriver: any other failure that the driver reports. The backend must be
	// opened anew.
	ErrDriver = errors.New("gpu: driver error")
	// ErrWrong: the card computed something else than the reference.
	ErrWrong = errors.New("gpu: card computes wrong results")
)
