package types

import (
	"crypto/sha256"
	"encoding/binary"
	"math/bits"

	devicetypes "github.com/joulechain/joule/x/device/types"
)

const windowDomain = "joule/work/window/v1"

// WindowOpens tells whether a block's mix opens a window of the class: with probability ppm/10^6, whatever happened
// before. The first 8 bytes of SHA-256(domain ‖ class u32 ‖ mix), big-endian, are compared with floor(ppm · 2^64 /
// 10^6).
func WindowOpens(class devicetypes.WorkClass, mix []byte, ppm uint32) bool {
	if ppm >= MaxProbabilityPpm {
		return true
	}
	buf := binary.BigEndian.AppendUint32([]byte(windowDomain), uint32(class))
	sum := sha256.Sum256(append(buf, mix...))
	threshold, _ := bits.Div64(uint64(ppm), 0, MaxProbabilityPpm)
	return binary.BigEndian.Uint64(sum[:8]) < threshold
}

// NewGpuWindow is the window that the mix of height opens: its seed is the next block's mix, commitments execute from
// the block after that, and openings are drawn from the mix after the last of them and from that of seven blocks later.
func NewGpuWindow(height int64, epoch uint64, gpu GpuParams) Window {
	open := height + 2
	last := open + int64(gpu.WindowBlocks) - 1
	drawA := last + 1
	drawB := drawA + DrawGap
	return Window{
		Id: uint64(height), WorkClass: devicetypes.WORK_CLASS_GPU, Epoch: epoch, OpenHeight: open, CloseHeight: last,
		DrawAHeight: drawA, DrawBHeight: drawB, DeadlineHeight: drawB + int64(gpu.OpeningBlocks), Gpu: gpu,
	}
}

// CheckCommit tells whether a commitment may execute at a height.
func (w Window) CheckCommit(height int64) error {
	switch {
	case height < w.OpenHeight:
		return ErrWindowNotOpen.Wrapf("window %d takes commitments from height %d, this would execute at %d", w.Id, w.OpenHeight, height)
	case height > w.CloseHeight:
		return ErrWindowClosed.Wrapf("window %d took commitments up to height %d, this would execute at %d", w.Id, w.CloseHeight, height)
	case len(w.SeedMix) != 32:
		return ErrWindowNotOpen.Wrapf("window %d has no seed yet", w.Id)
	}
	return nil
}

// CheckOpen tells whether an opening may execute at a height.
func (w Window) CheckOpen(height int64) error {
	switch {
	case height <= w.DrawBHeight || len(w.DrawAMix) != 32 || len(w.DrawBMix) != 32:
		return ErrTooEarly.Wrapf("openings of window %d are drawn at heights %d and %d, this would execute at %d", w.Id, w.DrawAHeight, w.DrawBHeight, height)
	case height > w.DeadlineHeight:
		return ErrTooLate.Wrapf("openings of window %d were taken up to height %d, this would execute at %d", w.Id, w.DeadlineHeight, height)
	}
	return nil
}

// CheckProve tells whether a proof without a commitment may execute at a height.
func (w Window) CheckProve(height int64) error {
	switch {
	case height < w.OpenHeight:
		return ErrWindowNotOpen.Wrapf("window %d takes evidence from height %d, this would execute at %d", w.Id, w.OpenHeight, height)
	case height > w.CloseHeight:
		return ErrWindowClosed.Wrapf("window %d took evidence up to height %d, this would execute at %d", w.Id, w.CloseHeight, height)
	}
	return nil
}

// Serves tells whether the window is for a device of its class: all GPUs share theirs, a disk window is for its cohort.
func (w Window) Serves(deviceID []byte) bool {
	rules, err := chainRules.Of(w.WorkClass)
	return err == nil && rules.Serves(w, deviceID)
}

// Validate checks a window of a genesis by itself; a disk window is also checked against the schedule.
func (w Window) Validate() error {
	if w.Radio != nil && w.WorkClass != devicetypes.WORK_CLASS_RADIO {
		return ErrInvalidGenesis.Wrapf("window %d: a window of %s has radio rules", w.Id, w.WorkClass)
	}
	rules, err := chainRules.Of(w.WorkClass)
	if err != nil {
		return ErrInvalidGenesis.Wrapf("window %d: %s", w.Id, err)
	}
	return rules.ValidateWindow(w)
}

func (w Window) validateDisk() error {
	if len(w.SeedMix) != 32 || len(w.DrawAMix) != 0 || len(w.DrawBMix) != 0 || w.DrawAHeight != 0 || w.DrawBHeight != 0 {
		return ErrInvalidGenesis.Wrapf("window %d: want a mix of 32 bytes and no draws for a disk window", w.Id)
	}
	if w.DeadlineHeight != w.CloseHeight || !w.Gpu.Equal(GpuParams{}) {
		return ErrInvalidGenesis.Wrapf("window %d: want the last height as deadline and no GPU rules for a disk window", w.Id)
	}
	if epoch, _ := SplitDiskWindowID(w.Id); epoch != w.Epoch || w.Disk == nil {
		return ErrInvalidGenesis.Wrapf("window %d: want an id of epoch %d, and rules", w.Id, w.Epoch)
	}
	return w.Disk.Validate()
}

func (w Window) validateGpu() error {
	want := NewGpuWindow(int64(w.Id), w.Epoch, w.Gpu)
	if w.WorkClass != want.WorkClass || w.OpenHeight != want.OpenHeight || w.CloseHeight != want.CloseHeight ||
		w.DrawAHeight != want.DrawAHeight || w.DrawBHeight != want.DrawBHeight || w.DeadlineHeight != want.DeadlineHeight {
		return ErrInvalidGenesis.Wrapf("window %d: its heights do not follow from its id and parameters", w.Id)
	}
	if w.Disk != nil {
		return ErrInvalidGenesis.Wrapf("window %d: a GPU window has disk rules", w.Id)
	}
	for _, mix := range [][]byte{w.SeedMix, w.DrawAMix, w.DrawBMix} {
		if len(mix) != 0 && len(mix) != 32 {
			return ErrInvalidGenesis.Wrapf("window %d: a mix has %d bytes; want 32", w.Id, len(mix))
		}
	}
	return w.Gpu.Validate()
}
