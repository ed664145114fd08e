package cuda

import (
	"unsafe"

	"github.com/joulechain/joule/sidecar/gpu/dl"
)

// Handles of the driver API's ABI.
type (
	ordinal   = int32
	contextID uintptr
	module    uintptr
	function  uintptr
	pointer   = uint64
	result    = int32
)

// Device and function attributes, and options of the just-in-time compiler.
const (
	attributeClock            = 13
	attributeMultiprocessors  = 16
	attributeComputeMode      = 20
	attributeMajor            = 75
	attributeMinor            = 76
	attributeSharedOptIn      = 97
	functionDynamicShared     = 8
	computeModeProhibited     = 2
	contextBlockingSync       = 4
	jitErrorLog, jitErrorSize = 5, 6
)

// api is the part of libcuda's driver API that the backend calls. The names with
// _v2 are what cuda.h's macros make of the plain ones since CUDA 4.
type api struct {
	Init            func(flags uint32) result                                                                                             `symbol:"cuInit"`
	DriverVersion   func(version *int32) result                                                                                           `symbol:"cuDriverGetVersion"`
	DeviceCount     func(count *int32) result                                                                                             `symbol:"cuDeviceGetCount"`
	DeviceGet       func(d *ordinal, index int32) result                                                                                  `symbol:"cuDeviceGet"`
	DeviceName      func(name *byte, size int32, d ordinal) result                                                                        `symbol:"cuDeviceGetName"`
	DeviceAttribute func(value *int32, attribute int32, d ordinal) result                                                                 `symbol:"cuDeviceGetAttribute"`
	DeviceMemory    func(bytes *uint64, d ordinal) result                                                                                 `symbol:"cuDeviceTotalMem_v2"`
	DeviceBus       func(id *byte, size int32, d ordinal) result                                                                          `symbol:"cuDeviceGetPCIBusId"`
	DeviceUUID      func(id *byte, d ordinal) result                                                                                      `symbol:"cuDeviceGetUuid_v2" optional:"true"`
	ContextFlags    func(d ordinal, flags uint32) result                                                                                  `symbol:"cuDevicePrimaryCtxSetFlags_v2" optional:"true"`
	ContextRetain   func(c *contextID, d ordinal) result                                                                                  `symbol:"cuDevicePrimaryCtxRetain"`
	ContextRelease  func(d ordinal) result                                                                                                `symbol:"cuDevicePrimaryCtxRelease_v2"`
	ContextSet      func(c contextID) result                                                                                              `symbol:"cuCtxSetCurrent"`
	Synchronize     func() result                                                                                                         `symbol:"cuCtxSynchronize"`
	ModuleLoad      func(m *module, image *byte, count uint32, options *uint32, values *uintptr) result                                   `symbol:"cuModuleLoadDataEx"`
	ModuleUnload    func(m module) result                                                                                                 `symbol:"cuModuleUnload"`
	ModuleFunction  func(f *function, m module, name *byte) result                                                                        `symbol:"cuModuleGetFunction"`
	FunctionSet     func(f function, attribute, value int32) result                                                                       `symbol:"cuFuncSetAttribute"`
	MemoryAllocate  func(p *pointer, bytes uint64) result                                                                                 `symbol:"cuMemAlloc_v2"`
	MemoryFree      func(p pointer) result                                                                                                `symbol:"cuMemFree_v2"`
	CopyToCard      func(to pointer, from *byte, bytes uint64) result                                                                     `symbol:"cuMemcpyHtoD_v2"`
	CopyToHost      func(to *byte, from pointer, bytes uint64) result                                                                     `symbol:"cuMemcpyDtoH_v2"`
	Launch          func(f function, gx, gy, gz, bx, by, bz, shared uint32, stream uintptr, params *unsafe.Pointer, extra uintptr) result `symbol:"cuLaunchKernel"`
}

// libraries are the driver's names; the last one is WSL's.
var libraries = []string{"libcuda.so.1", "libcuda.so", "/usr/lib/wsl/lib/libcuda.so.1"}

func load(open dl.Loader) (*api, error) {
	lib, err := open(libraries...)
	if err != nil {
		return nil, err
	}
	table := new(api)
	if err := dl.Bind(lib, table); err != nil {
		return nil, err
	}
	return table, nil
}
