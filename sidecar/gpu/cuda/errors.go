package cuda

import (
	"fmt"

	"github.com/joulechain/joule/sidecar/gpu"
)

// codes are the driver's results that mean something to the rest of the sidecar.
var codes = map[result]struct {
	name string
	is   error
}{
	2:   {"OUT_OF_MEMORY", gpu.ErrOutOfMemory},
	3:   {"NOT_INITIALIZED", gpu.ErrDriver},
	4:   {"DEINITIALIZED", gpu.ErrLost},
	34:  {"STUB_LIBRARY", gpu.ErrUnavailable},
	46:  {"DEVICE_UNAVAILABLE", gpu.ErrBusy},
	100: {"NO_DEVICE", gpu.ErrUnavailable},
	101: {"INVALID_DEVICE", gpu.ErrUnavailable},
	200: {"INVALID_IMAGE", gpu.ErrBuild},
	201: {"INVALID_CONTEXT", gpu.ErrLost},
	209: {"NO_BINARY_FOR_GPU", gpu.ErrBuild},
	214: {"ECC_UNCORRECTABLE", gpu.ErrDriver},
	218: {"INVALID_PTX", gpu.ErrBuild},
	221: {"JIT_COMPILER_NOT_FOUND", gpu.ErrBuild},
	222: {"UNSUPPORTED_PTX_VERSION", gpu.ErrBuild},
	500: {"NOT_FOUND", gpu.ErrBuild},
	700: {"ILLEGAL_ADDRESS", gpu.ErrDriver},
	701: {"LAUNCH_OUT_OF_RESOURCES", gpu.ErrBuild},
	702: {"LAUNCH_TIMEOUT", gpu.ErrDriver},
	715: {"ILLEGAL_INSTRUCTION", gpu.ErrDriver},
	716: {"MISALIGNED_ADDRESS", gpu.ErrDriver},
	719: {"LAUNCH_FAILED", gpu.ErrDriver},
	802: {"SYSTEM_NOT_READY", gpu.ErrUnavailable},
	803: {"SYSTEM_DRIVER_MISMATCH", gpu.ErrUnavailable},
	804: {"COMPAT_NOT_SUPPORTED_ON_DEVICE", gpu.ErrUnavailable},
	999: {"UNKNOWN", gpu.ErrLost}, // what a card off the bus answers
}

// check turns a result into an error that names the call.
func check(call string, code result) error {
	if code == 0 {
		return nil
	}
	if known, ok := codes[code]; ok {
		return fmt.Errorf("%w: %s: CUDA_ERROR_%s (%d)", known.is, call, known.name, code)
	}
	return fmt.Errorf("%w: %s: CUDA error %d", gpu.ErrDriver, call, code)
}
