package opencl

import (
	"encoding/binary"
	"fmt"
	"strings"

	"github.com/joulechain/joule/sidecar/gpu"
)

// Info is one device of one platform.
type Info struct {
	platform platformID
	device   deviceID

	Platform, Name, Vendor, Driver string
	GPU                            bool // else a processor or another accelerator
	ComputeUnits                   uint32
	MemoryBytes                    uint64
	largestBuffer, localBytes      uint64
	largestGroup                   uint64
}

// String names the device for people.
func (i Info) String() string {
	return fmt.Sprintf("%s, %d units, %d MiB, driver %s (%s)", i.Name, i.ComputeUnits, i.MemoryBytes>>20, i.Driver, i.Platform)
}

// list returns all usable devices, GPUs first, else in the drivers' order.
func (a *api) list() ([]Info, error) {
	var count uint32
	if err := check("clGetPlatformIDs", a.GetPlatformIDs(0, nil, &count)); err != nil {
		return nil, err
	}
	if count == 0 {
		return nil, fmt.Errorf("%w: libOpenCL is installed but no driver: install the card vendor's OpenCL driver", gpu.ErrUnavailable)
	}
	platforms := make([]platformID, count)
	if err := check("clGetPlatformIDs", a.GetPlatformIDs(count, &platforms[0], nil)); err != nil {
		return nil, err
	}
	var gpus, others []Info
	for _, p := range platforms {
		if a.GetDeviceIDs(p, typeAll, 0, nil, &count) != 0 || count == 0 {
			continue // a platform without devices is not an error of the others
		}
		devices := make([]deviceID, count)
		if err := check("clGetDeviceIDs", a.GetDeviceIDs(p, typeAll, count, &devices[0], nil)); err != nil {
			return nil, err
		}
		for _, d := range devices {
			info := a.describe(p, d)
			switch {
			case !a.flag(d, deviceAvailable) || !a.flag(d, deviceCompiler):
			case info.GPU:
				gpus = append(gpus, info)
			default:
				others = append(others, info)
			}
		}
	}
	return append(gpus, others...), nil
}

func (a *api) describe(p platformID, d deviceID) Info {
	device := func(what infoSelector) []byte {
		return value(func(size uintptr, to *byte, need *uintptr) int32 { return a.GetDeviceInfo(d, what, size, to, need) })
	}
	number := func(what infoSelector) uint64 { return integer(device(what)) }
	platform := value(func(size uintptr, to *byte, need *uintptr) int32 {
		return a.GetPlatformInfo(p, platformName, size, to, need)
	})
	return Info{
		platform: p, device: d,
		Platform: text(platform), Name: text(device(deviceName)), Vendor: text(device(deviceVendor)), Driver: text(device(driverVersion)),
		GPU:          number(deviceTypeInfo)&typeGPU != 0,
		ComputeUnits: uint32(number(deviceComputeUnits)), MemoryBytes: number(deviceGlobalMemory),
		largestBuffer: number(deviceMaxAllocation), localBytes: number(deviceLocalMemory), largestGroup: number(deviceGroupSize),
	}
}

func (a *api) flag(d deviceID, what infoSelector) bool {
	return integer(value(func(size uintptr, to *byte, need *uintptr) int32 { return a.GetDeviceInfo(d, what, size, to, need) })) != 0
}

// maxInfo bounds what a driver may return for one question.
const maxInfo = 1 << 20

// value asks for a size, then for that many bytes; nil where the driver refuses.
func value(ask func(size uintptr, to *byte, need *uintptr) int32) []byte {
	var need uintptr
	if ask(0, nil, &need) != 0 || need == 0 || need > maxInfo {
		return nil
	}
	buf := make([]byte, need)
	if ask(need, &buf[0], nil) != 0 {
		return nil
	}
	return buf
}

func text(raw []byte) string { return strings.TrimSpace(strings.TrimRight(string(raw), "\x00")) }

func integer(raw []byte) uint64 {
	var wide [8]byte
	copy(wide[:], raw)
	return binary.LittleEndian.Uint64(wide[:])
}
