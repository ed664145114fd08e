package types

import (
	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/radio"
)

// RadioSlotLead is how many blocks' time lies between an epoch's first block and its first slot: the mix has to reach
// the radios.
const RadioSlotLead = 2

// RadioSlots is how many slots an epoch of so many blocks has: one for each block's time that begins in the epoch's
// beacon part.
func RadioSlots(blocks uint64, p RadioParams) uint32 {
	slots := blocks * uint64(p.BeaconPercent) / 100 // blocks are at most 2^32
	if slots <= RadioSlotLead+1 {
		return 1
	}
	return uint32(min(slots-RadioSlotLead, radio.MaxSlots))
}

// NewRadioWindow is the window of an epoch whose first block is at start, with that block's mix and header time in
// milliseconds of Unix time. Witnesses commit in the epoch's later blocks; in as many blocks again beaconers open, then
// late receipts are taken.
func NewRadioWindow(epoch uint64, start int64, blocks uint64, startMillis int64, mix []byte, p RadioParams) Window {
	last := start + int64(blocks) - 1
	opens := min(max(blocks*uint64(p.OpenPercent)/100, 1), blocks-1)
	return Window{
		Id: epoch, WorkClass: devicetypes.WORK_CLASS_RADIO, Epoch: epoch, OpenHeight: start + 1, CloseHeight: last,
		DrawAHeight: last, DeadlineHeight: last + int64(blocks), SeedMix: mix,
		Radio: &RadioWindow{Params: p, StartMillis: startMillis, Slots: RadioSlots(blocks, p), ProveHeight: last + 1 + int64(opens)},
	}
}

// Rules are the window's rules.
func (w RadioWindow) Rules() radio.Params { return w.Params.Rules(w.Slots) }

// SlotOpenMillis is when a slot opens, in milliseconds after the header time of the epoch's first block.
func (w RadioWindow) SlotOpenMillis(slot uint32) uint64 {
	return (RadioSlotLead + uint64(slot)) * uint64(w.Params.BlockMillis)
}

// StartSeconds is the header time of the epoch's first block in seconds of Unix time.
func (w RadioWindow) StartSeconds() int64 { return w.StartMillis / 1000 }

// RadioChallenge is what a device's beacon of the window depends on.
func (w Window) RadioChallenge(chainID string, device radio.DeviceID) radio.Challenge {
	return radio.Challenge{ChainID: chainID, Epoch: w.Epoch, Mix: radio.Mix(w.SeedMix), Device: device}
}

// CheckBeacon tells whether a beacon may be opened at a height.
func (w Window) CheckBeacon(height int64) error {
	switch {
	case w.Radio == nil:
		return ErrUnknownWindow.Wrapf("window %d has no radio rules", w.Id)
	case height <= w.DrawAHeight || len(w.DrawAMix) != radio.HashSize:
		return ErrTooEarly.Wrapf("beacons of epoch %d are opened from height %d on, this would execute at %d", w.Epoch, w.DrawAHeight+1, height)
	case height >= w.Radio.ProveHeight:
		return ErrTooLate.Wrapf("beacons of epoch %d were opened up to height %d, this would execute at %d", w.Epoch, w.Radio.ProveHeight-1, height)
	}
	return nil
}

// CheckLate tells whether a late receipt may execute at a height.
func (w Window) CheckLate(height int64) error {
	switch {
	case w.Radio == nil:
		return ErrUnknownWindow.Wrapf("window %d has no radio rules", w.Id)
	case height < w.Radio.ProveHeight || len(w.DrawAMix) != radio.HashSize:
		return ErrTooEarly.Wrapf("late receipts of epoch %d are taken from height %d on, this would execute at %d", w.Epoch, w.Radio.ProveHeight, height)
	case height > w.DeadlineHeight:
		return ErrTooLate.Wrapf("late receipts of epoch %d were taken up to height %d, this would execute at %d", w.Epoch, w.DeadlineHeight, height)
	}
	return nil
}

// validateRadio checks a radio window of a genesis.
func (w Window) validateRadio() error {
	if w.Radio == nil || w.Disk != nil || !w.Gpu.Equal(GpuParams{}) || w.Id != w.Epoch || w.Epoch == 0 {
		return ErrInvalidGenesis.Wrapf("window %d: want a radio window's rules alone, and its epoch %d as id", w.Id, w.Epoch)
	}
	if err := w.Radio.Params.Validate(); err != nil {
		return err
	}
	blocks := w.CloseHeight - w.OpenHeight + 2
	if w.OpenHeight < 2 || blocks < 2 || blocks > maxScheduleBlocks || len(w.SeedMix) != radio.HashSize || w.Radio.StartMillis < 0 {
		return ErrInvalidGenesis.Wrapf("window %d: epoch of %d blocks, a mix of %d bytes, start at %d ms", w.Id, blocks, len(w.SeedMix), w.Radio.StartMillis)
	}
	want := NewRadioWindow(w.Epoch, w.OpenHeight-1, uint64(blocks), w.Radio.StartMillis, w.SeedMix, w.Radio.Params)
	if w.DrawAHeight != want.DrawAHeight || w.DrawBHeight != 0 || w.DeadlineHeight != want.DeadlineHeight || !w.Radio.Equal(want.Radio) {
		return ErrInvalidGenesis.Wrapf("window %d: its heights or slots do not follow from its epoch and parameters", w.Id)
	}
	if len(w.DrawAMix) != 0 && len(w.DrawAMix) != radio.HashSize || len(w.DrawBMix) != 0 {
		return ErrInvalidGenesis.Wrapf("window %d: a draw's mix has %d bytes; want 32 or none", w.Id, len(w.DrawAMix))
	}
	return nil
}
