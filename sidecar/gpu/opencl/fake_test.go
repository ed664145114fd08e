package opencl

import (
	"encoding/binary"
	"fmt"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/card"
	"github.com/joulechain/joule/sidecar/gpu/dl"
	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

// driver is a libOpenCL for tests without kernels: it answers questions and fails
// where told.
type driver struct {
	platforms [][]deviceType // devices of each platform
	fail      map[string]int32
	log       string
	released  int
}

func answer(raw []byte, size uintptr, to *byte, need *uintptr) int32 {
	if need != nil {
		*need = uintptr(len(raw))
	}
	if to != nil {
		copy(unsafe.Slice(to, size), raw)
	}
	return 0
}

func (d *driver) table() *api {
	code := func(name string) int32 { return d.fail[name] }
	released := func() int32 { d.released++; return 0 }
	return &api{
		GetPlatformIDs: func(entries uint32, to *platformID, found *uint32) int32 {
			if found != nil {
				*found = uint32(len(d.platforms))
			}
			for i := range entries {
				unsafe.Slice(to, entries)[i] = platformID(i + 1)
			}
			return code("GetPlatformIDs")
		},
		GetPlatformInfo: func(_ platformID, _ infoSelector, size uintptr, to *byte, need *uintptr) int32 {
			return answer([]byte("Platform\x00"), size, to, need)
		},
		GetDeviceIDs: func(p platformID, _ deviceType, entries uint32, to *deviceID, found *uint32) int32 {
			kinds := d.platforms[p-1]
			if len(kinds) == 0 {
				return -1
			}
			if found != nil {
				*found = uint32(len(kinds))
			}
			for i := range entries {
				unsafe.Slice(to, entries)[i] = deviceID(uint32(p)*100 + i)
			}
			return 0
		},
		GetDeviceInfo: func(id deviceID, what infoSelector, size uintptr, to *byte, need *uintptr) int32 {
			kind := d.platforms[id/100-1][id%100]
			raw := binary.LittleEndian.AppendUint64(nil, 1<<32)
			switch what {
			case deviceTypeInfo:
				raw = binary.LittleEndian.AppendUint64(nil, kind)
			case deviceName:
				raw = fmt.Appendf(nil, "device %d\x00", id)
			case deviceAvailable, deviceCompiler:
				raw = binary.LittleEndian.AppendUint32(nil, 1)
			case deviceMaxAllocation:
				raw = binary.LittleEndian.AppendUint64(nil, 1<<20)
			}
			return answer(raw, size, to, need)
		},
		CreateContext: func(_ *uintptr, _ uint32, _ *deviceID, _, _ uintptr, to *int32) contextID {
			*to = code("CreateContext")
			return 1
		},
		CreateCommandQueue: func(_ contextID, _ deviceID, _ uint64, to *int32) queueID {
			*to = code("CreateCommandQueue")
			return 2
		},
		CreateProgram: func(_ contextID, _ uint32, _ **byte, _ *uintptr, to *int32) programID {
			*to = code("CreateProgram")
			return 3
		},
		BuildProgram: func(programID, uint32, *deviceID, *byte, uintptr, uintptr) int32 { return code("BuildProgram") },
		GetBuildInfo: func(_ programID, _ deviceID, _ infoSelector, size uintptr, to *byte, need *uintptr) int32 {
			return answer([]byte(d.log), size, to, need)
		},
		CreateKernel: func(_ programID, _ *byte, to *int32) kernelID {
			*to = code("CreateKernel")
			return 4
		},
		CreateBuffer: func(_ contextID, _ uint64, _, _ uintptr, to *int32) memoryID {
			*to = code("CreateBuffer")
			return 5
		},
		SetKernelArg: func(kernelID, uint32, uintptr, *byte) int32 { return code("SetKernelArg") },
		EnqueueKernel: func(queueID, kernelID, uint32, *uintptr, *uintptr, *uintptr, uint32, uintptr, uintptr) int32 {
			return code("EnqueueKernel")
		},
		EnqueueRead: func(queueID, memoryID, uint32, uintptr, uintptr, *byte, uint32, uintptr, uintptr) int32 {
			return code("EnqueueRead")
		},
		EnqueueWrite: func(queueID, memoryID, uint32, uintptr, uintptr, *byte, uint32, uintptr, uintptr) int32 {
			return code("EnqueueWrite")
		},
		Flush:               func(queueID) int32 { return code("Flush") },
		Finish:              func(queueID) int32 { return code("Finish") },
		ReleaseKernel:       func(kernelID) int32 { return released() },
		ReleaseProgram:      func(programID) int32 { return released() },
		ReleaseCommandQueue: func(queueID) int32 { return released() },
		ReleaseContext:      func(contextID) int32 { return released() },
		ReleaseMemory:       func(memoryID) int32 { return released() },
	}
}

func TestMissingLibraryAndSymbol(t *testing.T) {
	absent := func(names ...string) (dl.Library, error) { return nil, fmt.Errorf("%w: %v", dl.ErrLibrary, names) }
	_, err := Open(Options{Load: absent})
	require.ErrorIs(t, err, gpu.ErrUnavailable)
	require.ErrorContains(t, err, "libOpenCL.so.1")
	_, err = Open(Options{Load: func(...string) (dl.Library, error) { return empty{}, nil }})
	require.ErrorIs(t, err, dl.ErrSymbol)
	require.ErrorContains(t, err, "clGetPlatformIDs")
}

type empty struct{}

func (empty) Name() string                   { return "libOpenCL.so.1" }
func (empty) Symbol(string) (uintptr, error) { return 0, dl.ErrSymbol }

func TestGPUsComeFirst(t *testing.T) {
	d := &driver{platforms: [][]deviceType{{typeCPU}, {}, {typeGPU, typeAccelerator}, {typeGPU}}}
	infos, err := d.table().list()
	require.NoError(t, err)
	var names []string
	for _, i := range infos {
		names = append(names, i.Name)
	}
	require.Equal(t, []string{"device 300", "device 400", "device 100", "device 301"}, names)
	second, err := d.table().open(Options{Index: 1, OnlyGPU: true})
	require.NoError(t, err)
	require.Contains(t, second.Describe(), "device 400")
	_, err = d.table().open(Options{Index: 2, OnlyGPU: true})
	require.ErrorContains(t, err, "index is 2, OpenCL has 2 GPUs and 2 other devices")
	_, err = d.table().open(Options{Index: 4})
	require.ErrorContains(t, err, "index is 4, OpenCL has 4 devices")
	_, err = d.table().open(Options{Index: -1})
	require.ErrorIs(t, err, gpu.ErrUnavailable)
}

func TestRefusalsOfTheDriver(t *testing.T) {
	for call, c := range map[string]struct {
		code int32
		want error
	}{
		"GetPlatformIDs":     {-1001, gpu.ErrUnavailable},
		"CreateContext":      {-2, gpu.ErrBusy},
		"CreateCommandQueue": {-6, gpu.ErrDriver},
		"CreateProgram":      {-34, gpu.ErrLost},
		"BuildProgram":       {-11, gpu.ErrBuild},
	} {
		d := &driver{platforms: [][]deviceType{{typeGPU}}, fail: map[string]int32{call: c.code}, log: "error: line 3\x00"}
		_, err := d.table().open(Options{})
		require.ErrorIs(t, err, c.want, call)
		if call == "BuildProgram" {
			require.ErrorContains(t, err, "error: line 3")
			require.Equal(t, 3, d.released, "program, queue and context")
		}
	}
	_, err := (&driver{}).table().open(Options{})
	require.ErrorContains(t, err, "no driver")
}

func TestFailuresWhileWorking(t *testing.T) {
	small := params(64, 4)
	for call, c := range map[string]struct {
		code int32
		want error
	}{
		"CreateBuffer":  {-61, gpu.ErrOutOfMemory},
		"CreateKernel":  {-46, gpu.ErrBuild},
		"SetKernelArg":  {-50, gpu.ErrDriver},
		"EnqueueKernel": {-4, gpu.ErrOutOfMemory},
		"EnqueueRead":   {-5, gpu.ErrDriver},
		"EnqueueWrite":  {-36, gpu.ErrLost},
		"Flush":         {-14, gpu.ErrDriver},
	} {
		d := &driver{platforms: [][]deviceType{{typeGPU}}, fail: map[string]int32{call: c.code}}
		device, err := d.table().open(Options{})
		require.NoError(t, err)
		_, err = card.New(device).Round(t.Context(), small, proofgpu.Seed{})
		require.ErrorIs(t, err, c.want, call)
	}
	// A buffer above what the driver allows is a matter of memory.
	d := &driver{platforms: [][]deviceType{{typeGPU}}}
	device, err := d.table().open(Options{})
	require.NoError(t, err)
	_, err = device.Allocate(1<<20 + 1)
	require.ErrorIs(t, err, gpu.ErrOutOfMemory)
}
