package opencl

import "github.com/joulechain/joule/sidecar/gpu/dl"

// Handles and types of the OpenCL 1.2 ABI.
type (
	platformID   uintptr
	deviceID     uintptr
	contextID    uintptr
	queueID      uintptr
	programID    uintptr
	kernelID     uintptr
	memoryID     uintptr
	deviceType   = uint64
	infoSelector = uint32
)

const (
	typeCPU         deviceType = 1 << 1
	typeGPU         deviceType = 1 << 2
	typeAccelerator deviceType = 1 << 3
	typeAll         deviceType = 0xffffffff

	platformVersion infoSelector = 0x0901
	platformName    infoSelector = 0x0902

	deviceTypeInfo      infoSelector = 0x1000
	deviceComputeUnits  infoSelector = 0x1002
	deviceGroupSize     infoSelector = 0x1004
	deviceMaxAllocation infoSelector = 0x1010
	deviceGlobalMemory  infoSelector = 0x101f
	deviceLocalMemory   infoSelector = 0x1023
	deviceAvailable     infoSelector = 0x1027
	deviceCompiler      infoSelector = 0x1028
	deviceName          infoSelector = 0x102b
	deviceVendor        infoSelector = 0x102c
	driverVersion       infoSelector = 0x102d

	buildLog infoSelector = 0x1183

	memReadWrite uint64 = 1
	blocking     uint32 = 1
)

// api is the part of OpenCL 1.2 that the backend calls. Results are OpenCL's
// error codes, 0 for success.
type api struct {
	GetPlatformIDs      func(entries uint32, platforms *platformID, found *uint32) int32                                                    `symbol:"clGetPlatformIDs"`
	GetPlatformInfo     func(p platformID, what infoSelector, size uintptr, value *byte, need *uintptr) int32                               `symbol:"clGetPlatformInfo"`
	GetDeviceIDs        func(p platformID, kind deviceType, entries uint32, devices *deviceID, found *uint32) int32                         `symbol:"clGetDeviceIDs"`
	GetDeviceInfo       func(d deviceID, what infoSelector, size uintptr, value *byte, need *uintptr) int32                                 `symbol:"clGetDeviceInfo"`
	CreateContext       func(properties *uintptr, count uint32, devices *deviceID, notify, data uintptr, code *int32) contextID             `symbol:"clCreateContext"`
	ReleaseContext      func(c contextID) int32                                                                                             `symbol:"clReleaseContext"`
	CreateCommandQueue  func(c contextID, d deviceID, properties uint64, code *int32) queueID                                               `symbol:"clCreateCommandQueue"`
	ReleaseCommandQueue func(q queueID) int32                                                                                               `symbol:"clReleaseCommandQueue"`
	CreateProgram       func(c contextID, count uint32, sources **byte, sizes *uintptr, code *int32) programID                              `symbol:"clCreateProgramWithSource"`
	BuildProgram        func(p programID, count uint32, devices *deviceID, options *byte, notify, data uintptr) int32                       `symbol:"clBuildProgram"`
	GetBuildInfo        func(p programID, d deviceID, what infoSelector, size uintptr, value *byte, need *uintptr) int32                    `symbol:"clGetProgramBuildInfo"`
	ReleaseProgram      func(p programID) int32                                                                                             `symbol:"clReleaseProgram"`
	CreateKernel        func(p programID, name *byte, code *int32) kernelID                                                                 `symbol:"clCreateKernel"`
	ReleaseKernel       func(k kernelID) int32                                                                                              `symbol:"clReleaseKernel"`
	SetKernelArg        func(k kernelID, index uint32, size uintptr, value *byte) int32                                                     `symbol:"clSetKernelArg"`
	EnqueueKernel       func(q queueID, k kernelID, dims uint32, offset, global, local *uintptr, waits uint32, list, event uintptr) int32   `symbol:"clEnqueueNDRangeKernel"`
	CreateBuffer        func(c contextID, flags uint64, size uintptr, host uintptr, code *int32) memoryID                                   `symbol:"clCreateBuffer"`
	ReleaseMemory       func(m memoryID) int32                                                                                              `symbol:"clReleaseMemObject"`
	EnqueueRead         func(q queueID, m memoryID, wait uint32, offset, size uintptr, to *byte, waits uint32, list, event uintptr) int32   `symbol:"clEnqueueReadBuffer"`
	EnqueueWrite        func(q queueID, m memoryID, wait uint32, offset, size uintptr, from *byte, waits uint32, list, event uintptr) int32 `symbol:"clEnqueueWriteBuffer"`
	Flush               func(q queueID) int32                                                                                               `symbol:"clFlush"`
	Finish              func(q queueID) int32                                                                                               `symbol:"clFinish"`
}

// libraries are the names of the loader that every vendor's driver plugs into.
var libraries = []string{"libOpenCL.so.1", "libOpenCL.so", "/System/Library/Frameworks/OpenCL.framework/OpenCL"}

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
