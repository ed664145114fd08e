package cuda

import (
	"encoding/hex"
	"fmt"
	"strings"

	"github.com/joulechain/joule/sidecar/gpu"
)

// Info is one card, or one MIG instance of a card, as the driver counts them.
type Info struct {
	ordinal ordinal

	Name            string
	UUID            string // empty with drivers before 11.4
	Bus             string // PCI bus id, shared by the MIG instances of a card
	Major, Minor    int    // compute capability
	Multiprocessors int
	ClockHz         uint64 // highest clock of the multiprocessors; 0 where the driver does not tell
	MemoryBytes     uint64
	Driver          string // highest CUDA version of the driver
	sharedBytes     int32
	prohibited      bool
}

// String names the card for people.
func (i Info) String() string {
	return fmt.Sprintf("%s, sm_%d%d, %d multiprocessors, %d MiB, PCI %s, driver for CUDA %s", i.Name, i.Major, i.Minor, i.Multiprocessors, i.MemoryBytes>>20, i.Bus, i.Driver)
}

// list returns what the driver shows, in its order. CUDA_VISIBLE_DEVICES restricts
// and orders it; a process sees one MIG instance only, named there by its UUID.
func (a *api) list() ([]Info, error) {
	if err := check("cuInit", a.Init(0)); err != nil {
		return nil, err
	}
	var version, count int32
	if err := check("cuDriverGetVersion", a.DriverVersion(&version)); err != nil {
		return nil, err
	}
	if err := check("cuDeviceGetCount", a.DeviceCount(&count)); err != nil {
		return nil, err
	}
	if count < 1 {
		return nil, fmt.Errorf("%w: the driver shows no card", gpu.ErrUnavailable)
	}
	infos := make([]Info, count)
	for i := range infos {
		info, err := a.describe(int32(i))
		if err != nil {
			return nil, fmt.Errorf("card %d: %w", i, err)
		}
		info.Driver = fmt.Sprintf("%d.%d", version/1000, version%1000/10)
		infos[i] = info
	}
	return infos, nil
}

func (a *api) describe(index int32) (Info, error) {
	var info Info
	if err := check("cuDeviceGet", a.DeviceGet(&info.ordinal, index)); err != nil {
		return info, err
	}
	var name, bus [128]byte
	if err := check("cuDeviceGetName", a.DeviceName(&name[0], int32(len(name)), info.ordinal)); err != nil {
		return info, err
	}
	if err := check("cuDeviceTotalMem", a.DeviceMemory(&info.MemoryBytes, info.ordinal)); err != nil {
		return info, err
	}
	if err := check("cuDeviceGetPCIBusId", a.DeviceBus(&bus[0], int32(len(bus)), info.ordinal)); err != nil {
		return info, err
	}
	info.Name, info.Bus = text(name[:]), text(bus[:])
	if a.DeviceUUID != nil {
		var id [16]byte
		if a.DeviceUUID(&id[0], info.ordinal) == 0 {
			info.UUID = hex.EncodeToString(id[:])
		}
	}
	values := map[int32]*int32{}
	var major, minor, units, mode int32
	values[attributeMajor], values[attributeMinor] = &major, &minor
	values[attributeMultiprocessors], values[attributeComputeMode], values[attributeSharedOptIn] = &units, &mode, &info.sharedBytes
	for attribute, to := range values {
		if err := check("cuDeviceGetAttribute", a.DeviceAttribute(to, attribute, info.ordinal)); err != nil {
			return info, fmt.Errorf("attribute %d: %w", attribute, err)
		}
	}
	var kilohertz int32
	if a.DeviceAttribute(&kilohertz, attributeClock, info.ordinal) == 0 && kilohertz > 0 {
		info.ClockHz = uint64(kilohertz) * 1000
	}
	info.Major, info.Minor, info.Multiprocessors, info.prohibited = int(major), int(minor), int(units), mode == computeModeProhibited
	return info, nil
}

func text(raw []byte) string {
	before, _, _ := strings.Cut(string(raw), "\x00")
	return strings.TrimSpace(before)
}

// duplicates names PCI addresses that several whole cards claim: cards that a
// preloaded library multiplies. MIG instances share an address by design.
func duplicates(infos []Info) (warnings []string) {
	seen := map[string]int{}
	for i, info := range infos {
		if strings.Contains(info.Name, "MIG") {
			continue
		}
		if first, ok := seen[info.Bus]; ok {
			warnings = append(warnings, fmt.Sprintf("cards %d and %d both claim PCI %s", first, i, info.Bus))
			continue
		}
		seen[info.Bus] = i
	}
	return warnings
}
