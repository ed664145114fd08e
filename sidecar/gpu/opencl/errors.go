package opencl

import (
	"fmt"

	"github.com/joulechain/joule/sidecar/gpu"
)

// codes are the error codes that a driver returns in practice, with the class
// that the rest of the sidecar acts on.
var codes = map[int32]struct {
	name string
	is   error
}{
	-1:    {"DEVICE_NOT_FOUND", gpu.ErrUnavailable},
	-2:    {"DEVICE_NOT_AVAILABLE", gpu.ErrBusy},
	-3:    {"COMPILER_NOT_AVAILABLE", gpu.ErrBuild},
	-4:    {"MEM_OBJECT_ALLOCATION_FAILURE", gpu.ErrOutOfMemory},
	-5:    {"OUT_OF_RESOURCES", gpu.ErrDriver},
	-6:    {"OUT_OF_HOST_MEMORY", gpu.ErrDriver},
	-11:   {"BUILD_PROGRAM_FAILURE", gpu.ErrBuild},
	-14:   {"EXEC_STATUS_ERROR_FOR_EVENTS_IN_WAIT_LIST", gpu.ErrDriver},
	-33:   {"INVALID_DEVICE", gpu.ErrLost},
	-34:   {"INVALID_CONTEXT", gpu.ErrLost},
	-36:   {"INVALID_COMMAND_QUEUE", gpu.ErrLost},
	-45:   {"INVALID_PROGRAM_EXECUTABLE", gpu.ErrBuild},
	-46:   {"INVALID_KERNEL_NAME", gpu.ErrBuild},
	-54:   {"INVALID_WORK_GROUP_SIZE", gpu.ErrBuild},
	-61:   {"INVALID_BUFFER_SIZE", gpu.ErrOutOfMemory},
	-1001: {"PLATFORM_NOT_FOUND", gpu.ErrUnavailable},
}

// check turns a driver's code into an error that names the call.
func check(call string, code int32) error {
	if code == 0 {
		return nil
	}
	if known, ok := codes[code]; ok {
		return fmt.Errorf("%w: %s: %s (%d)", known.is, call, known.name, code)
	}
	return fmt.Errorf("%w: %s: code %d", gpu.ErrDriver, call, code)
}
