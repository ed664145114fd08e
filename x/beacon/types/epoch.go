package types

// FirstEpoch is the epoch that starts at a new chain's first height.
func FirstEpoch(height int64, params Params) Epoch {
	return Epoch{Number: 1, StartHeight: height, Blocks: params.EpochBlocks}
}

// End is the height of the epoch's last block.
func (e Epoch) End() int64 { return e.StartHeight + int64(e.Blocks) - 1 }

// Next is the epoch that follows if e's last block is height; blocks is its length.
func (e Epoch) Next(height int64, blocks uint64) Epoch {
	return Epoch{Number: e.Number + 1, StartHeight: height + 1, Blocks: blocks}
}

// Validate refuses an epoch that cannot be current.
func (e Epoch) Validate() error {
	if e.Number == 0 || e.StartHeight < 1 || e.Blocks < MinEpochBlocks || e.Blocks > MaxEpochBlocks {
		return ErrInvalidGenesis.Wrapf("epoch %d from height %d with %d blocks; want a number and height from 1 and %d to %d blocks",
			e.Number, e.StartHeight, e.Blocks, MinEpochBlocks, MaxEpochBlocks)
	}
	return nil
}

// ActivationHeight is when a key that is registered at height starts to reveal: after activation_epochs epochs and
// activation_min_blocks, whichever is longer. An epoch's length may change meanwhile, so the longer of the current and
// the coming length counts, and the height is fixed at registration.
func ActivationHeight(height int64, epoch Epoch, params Params) int64 {
	wait := params.ActivationEpochs * max(epoch.Blocks, params.EpochBlocks)
	return height + int64(max(wait, params.ActivationMinBlocks))
}
