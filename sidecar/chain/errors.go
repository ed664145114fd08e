package chain

import "errors"

var (
	// ErrUnreachable means that no node answered; the text names each and why.
	ErrUnreachable = errors.New("no node is reachable")
	// ErrWrongChain means that a node belongs to another chain.
	ErrWrongChain = errors.New("node is on another chain")
	// ErrBehind means that no node has come to the height that an answer needs.
	ErrBehind = errors.New("node is behind")
	// ErrImpossibleBlock means that a node shows a block that cannot exist yet.
	ErrImpossibleBlock = errors.New("node shows an impossible block")
	// ErrNoAccount means that the account does not exist on chain.
	ErrNoAccount = errors.New("account does not exist on chain")
	// ErrUnknownDevice means that the device is not registered.
	ErrUnknownDevice = errors.New("device is not registered")
	// ErrNoNonce means that no hardware evidence can be shown at this height.
	ErrNoNonce = errors.New("nothing to attest now")
	// ErrTxRefused means that a node refused a transaction.
	ErrTxRefused = errors.New("transaction refused")
	// ErrTxFailed means that a transaction was included and failed.
	ErrTxFailed = errors.New("transaction failed")
	// ErrTxNotSeen means that a transaction was not included in time.
	ErrTxNotSeen = errors.New("transaction was not included in time")
)
