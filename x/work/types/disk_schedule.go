package types

import (
	"crypto/sha256"
	"encoding/binary"

	devicetypes "github.com/joulechain/joule/x/device/types"
)

const (
	diskLotDomain = "joule/work/lot/v1"
	cohortBits    = 16
	// maxScheduleBlocks bounds a genesis's schedule, far beyond what x/beacon allows.
	maxScheduleBlocks = 1 << 32
)

// DiskLot is a disk device's lot: the first two bytes of SHA-256("joule/work/lot/v1" ‖ device id), big-endian. It
// orders the devices for ever; an epoch cuts that order into cohorts.
func DiskLot(deviceID []byte) uint16 {
	sum := sha256.Sum256(append([]byte(diskLotDomain), deviceID...))
	return binary.BigEndian.Uint16(sum[:])
}

// DiskCohort is the device's cohort among so many: its lot · cohorts / 2^16. It grows with the lot, so that a cohort's
// records are neighbours in the store whatever the number of cohorts.
func DiskCohort(deviceID []byte, cohorts uint32) uint32 {
	return uint32(uint64(DiskLot(deviceID)) * uint64(cohorts) >> cohortBits)
}

// DiskWindowID is the id of a cohort's window of an epoch.
func DiskWindowID(epoch uint64, cohort uint32) uint64 { return epoch<<cohortBits | uint64(cohort) }

// SplitDiskWindowID gives back the epoch and the cohort of a disk window's id.
func SplitDiskWindowID(id uint64) (epoch uint64, cohort uint32) {
	return id >> cohortBits, uint32(id & (1<<cohortBits - 1))
}

// NewDiskSchedule spreads the cohorts' windows over so many blocks from start on. It cuts window_blocks so that no
// window outlives the blocks, and cohorts so that at most MaxLiveDiskWindows live at once. Less than two blocks hold no
// window.
func NewDiskSchedule(epoch uint64, start int64, blocks uint64, p DiskParams) DiskSchedule {
	if blocks >= 2 {
		p.WindowBlocks = uint32(min(uint64(p.WindowBlocks), blocks-1))
		// In w heights that follow each other at most ⌈w · cohorts / span⌉ windows open.
		span := blocks - uint64(p.WindowBlocks)
		p.Cohorts = uint32(min(uint64(p.Cohorts), max(MaxLiveDiskWindows, MaxLiveDiskWindows*span/uint64(p.WindowBlocks))))
	}
	return DiskSchedule{Epoch: epoch, StartHeight: start, Blocks: blocks, Params: p}
}

// span is how many heights decide windows; at least 1 where there are any.
func (s DiskSchedule) span() uint64 { return s.Blocks - uint64(s.Params.WindowBlocks) }

// HasWindows tells whether the schedule has any: a chain has none before its first block's end.
func (s DiskSchedule) HasWindows() bool { return s.Epoch > 0 && s.Blocks >= 2 }

// Opening are the cohorts first … end−1 whose windows the mix of a height opens; none where they are equal.
func (s DiskSchedule) Opening(height int64) (first, end uint32) {
	if !s.HasWindows() || height < s.StartHeight || uint64(height-s.StartHeight) >= s.span() {
		return 0, 0
	}
	at, cohorts, span := uint64(height-s.StartHeight), uint64(s.Params.Cohorts), s.span()
	up := func(v uint64) uint32 { return uint32((v + span - 1) / span) }
	return up(at * cohorts), up((at + 1) * cohorts)
}

// Heights are the first and last heights at which a cohort's evidence executes; its challenge comes from the mix of
// open − 1.
func (s DiskSchedule) Heights(cohort uint32) (open, last int64) {
	decides := s.StartHeight + int64(uint64(cohort)*s.span()/uint64(s.Params.Cohorts))
	return decides + 1, decides + int64(s.Params.WindowBlocks)
}

// Window is a cohort's window with the mix that opens it.
func (s DiskSchedule) Window(cohort uint32, mix []byte) Window {
	open, last := s.Heights(cohort)
	rules := s.Params
	return Window{
		Id: DiskWindowID(s.Epoch, cohort), WorkClass: devicetypes.WORK_CLASS_DISK, Epoch: s.Epoch,
		OpenHeight: open, CloseHeight: last, DeadlineHeight: last, SeedMix: mix, Disk: &rules,
	}
}

// Next is the schedule that follows this one if the next epoch has so many blocks and these rules.
func (s DiskSchedule) Next(blocks uint64, p DiskParams) DiskSchedule {
	return NewDiskSchedule(s.Epoch+1, s.StartHeight+int64(s.Blocks), blocks, p)
}

// WindowFor is the device's window of the schedule: its id and the heights at which its evidence executes. False where
// the schedule has none.
func (s DiskSchedule) WindowFor(deviceID []byte) (id uint64, open, last int64, ok bool) {
	if !s.HasWindows() {
		return 0, 0, 0, false
	}
	cohort := DiskCohort(deviceID, s.Params.Cohorts)
	open, last = s.Heights(cohort)
	return DiskWindowID(s.Epoch, cohort), open, last, true
}

// Validate checks the schedule of a genesis; an empty one stands for none.
func (s DiskSchedule) Validate() error {
	if s.Epoch == 0 {
		if !s.Equal(DiskSchedule{}) {
			return ErrInvalidGenesis.Wrap("disk_schedule: epoch is 0 and other fields are set")
		}
		return nil
	}
	if s.StartHeight < 1 || s.Blocks < 1 || s.Blocks > maxScheduleBlocks {
		return ErrInvalidGenesis.Wrapf("disk_schedule: start_height is %d and blocks %d; want from 1, and at most %d blocks", s.StartHeight, s.Blocks, uint64(maxScheduleBlocks))
	}
	if err := s.Params.Validate(); err != nil {
		return err
	}
	if !s.Equal(NewDiskSchedule(s.Epoch, s.StartHeight, s.Blocks, s.Params)) {
		return ErrInvalidGenesis.Wrapf("disk_schedule: %d cohorts and windows of %d blocks do not fit %d blocks", s.Params.Cohorts, s.Params.WindowBlocks, s.Blocks)
	}
	return nil
}

// checkWindow checks that a disk window of a genesis is one of the schedule's.
func (s DiskSchedule) checkWindow(w Window) error {
	epoch, cohort := SplitDiskWindowID(w.Id)
	if !s.HasWindows() || epoch != s.Epoch || cohort >= s.Params.Cohorts {
		return ErrInvalidGenesis.Wrapf("window %d is of epoch %d, cohort %d; disk_schedule is of epoch %d with %d cohorts", w.Id, epoch, cohort, s.Epoch, s.Params.Cohorts)
	}
	want := s.Window(cohort, w.SeedMix)
	if w.OpenHeight != want.OpenHeight || w.CloseHeight != want.CloseHeight || w.Disk == nil || !w.Disk.Equal(*want.Disk) {
		return ErrInvalidGenesis.Wrapf("window %d: its heights or rules are not those of disk_schedule", w.Id)
	}
	return nil
}
