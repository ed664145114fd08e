// Package cuda is the GPU backend for NVIDIA cards. It loads libcuda at run time,
// without cgo and without the CUDA toolkit, and gives it the embedded PTX.
package cuda

import (
	"errors"
	"fmt"
	"runtime"
	"unsafe"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/card"
	"github.com/joulechain/joule/sidecar/gpu/dl"
	"github.com/joulechain/joule/sidecar/gpu/kernels"
)

// Options choose a card.
type Options struct {
	// Index counts cards as the driver shows them.
	Index int
	// Load is the library loader; nil is dl.Open.
	Load dl.Loader
}

// List names the cards in the order of Options.Index, and what is suspicious
// about them.
func List(load dl.Loader) (infos []Info, warnings []string, err error) {
	a, err := open(load)
	if err != nil {
		return nil, nil, err
	}
	infos, err = a.list()
	return infos, duplicates(infos), err
}

func open(loader dl.Loader) (*api, error) {
	if loader == nil {
		loader = dl.Open
	}
	a, err := load(loader)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", gpu.ErrUnavailable, err)
	}
	return a, nil
}

// Open returns the backend on one card. Errors wrap those of sidecar/gpu.
func Open(o Options) (*card.Backend, error) {
	a, err := open(o.Load)
	if err != nil {
		return nil, err
	}
	d, err := a.open(o.Index)
	if err != nil {
		return nil, err
	}
	return card.New(d), nil
}

func (a *api) open(index int) (*device, error) {
	infos, err := a.list()
	if err != nil {
		return nil, err
	}
	if index < 0 || index >= len(infos) {
		return nil, fmt.Errorf("%w: index is %d, the driver shows %d cards", gpu.ErrUnavailable, index, len(infos))
	}
	info := infos[index]
	if info.prohibited {
		return nil, fmt.Errorf("%w: %s is in compute mode Prohibited: nvidia-smi -c DEFAULT changes it", gpu.ErrBusy, info.Name)
	}
	image, target, err := kernels.PTX(info.Major, info.Minor)
	if err != nil {
		return nil, fmt.Errorf("%w: %s: %w", gpu.ErrUnavailable, info.Name, err)
	}
	d := &device{api: a, info: info, target: target, functions: map[string]function{}}
	if err := d.start(image); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// device implements card.Device. Everything runs in the card's primary context on
// its default stream, in order.
type device struct {
	api       *api
	info      Info
	target    string
	context   contextID
	module    module
	functions map[string]function
	log       []byte // of the just-in-time compiler
}

func (d *device) start(image string) error {
	if d.api.ContextFlags != nil {
		d.api.ContextFlags(d.info.ordinal, contextBlockingSync) // else waiting burns a core; refusal is harmless
	}
	if err := check("cuDevicePrimaryCtxRetain", d.api.ContextRetain(&d.context, d.info.ordinal)); err != nil {
		return err
	}
	return d.do(func() error {
		ptx := append([]byte(image), 0)
		d.log = make([]byte, 4096) // in d, so that it is not on a stack that may move
		options := []uint32{jitErrorLog, jitErrorSize}
		values := []uintptr{uintptr(unsafe.Pointer(&d.log[0])), uintptr(len(d.log))}
		code := d.api.ModuleLoad(&d.module, &ptx[0], uint32(len(options)), &options[0], &values[0])
		if err := check("cuModuleLoadDataEx", code); err != nil {
			return fmt.Errorf("%w: PTX for %s: %s", err, d.target, text(d.log))
		}
		return nil
	})
}

// do runs calls with the card's context current: it belongs to a thread.
func (d *device) do(calls func() error) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	if err := check("cuCtxSetCurrent", d.api.ContextSet(d.context)); err != nil {
		return err
	}
	return calls()
}

// Name implements card.Device.
func (*device) Name() string { return "cuda" }

// Describe implements card.Device.
func (d *device) Describe() string {
	return fmt.Sprintf("CUDA: %s, kernels for %s", d.info.String(), d.target)
}

// Products implements card.Device.
func (d *device) Products() []card.Product {
	products := []card.Product{card.Product128, card.Product64}
	if d.info.Major >= 8 && d.info.sharedBytes >= kernels.TensorShared {
		products = append([]card.Product{card.ProductTensor}, products...)
	}
	return products
}

// Allocate implements card.Device.
func (d *device) Allocate(bytes uint64) (m card.Memory, err error) {
	err = d.do(func() error {
		var p pointer
		err := check("cuMemAlloc", d.api.MemoryAllocate(&p, bytes))
		m = card.Memory(p)
		return err
	})
	return m, err
}

// Free implements card.Device.
func (d *device) Free(m card.Memory) error {
	return d.do(func() error { return check("cuMemFree", d.api.MemoryFree(pointer(m))) })
}

// Write implements card.Device.
func (d *device) Write(m card.Memory, data []byte) error {
	return d.do(func() error {
		return check("cuMemcpyHtoD", d.api.CopyToCard(pointer(m), &data[0], uint64(len(data))))
	})
}

// Read implements card.Device.
func (d *device) Read(dst []byte, m card.Memory, offset uint64) error {
	return d.do(func() error {
		return check("cuMemcpyDtoH", d.api.CopyToHost(&dst[0], pointer(m)+offset, uint64(len(dst))))
	})
}

// Launch implements card.Device.
func (d *device) Launch(l card.Launch) error {
	return d.do(func() error {
		f, err := d.function(l.Kernel, l.Shared)
		if err != nil {
			return err
		}
		values, params := make([]uint64, len(l.Args)), make([]unsafe.Pointer, len(l.Args))
		for i, arg := range l.Args {
			values[i] = uint64(arg.Memory) | uint64(arg.Word) // one of them is 0; little-endian, so a word is its first half
			params[i] = unsafe.Pointer(&values[i])
		}
		code := d.api.Launch(f, l.Groups, 1, 1, l.Items, 1, 1, l.Shared, 0, &params[0], 0)
		if err := check("cuLaunchKernel", code); err != nil {
			return fmt.Errorf("%s: %w", l.Kernel, err)
		}
		return nil
	})
}

func (d *device) function(name string, shared uint32) (function, error) {
	if f, ok := d.functions[name]; ok {
		return f, nil
	}
	var f function
	symbol := append([]byte(name), 0)
	if err := check("cuModuleGetFunction", d.api.ModuleFunction(&f, d.module, &symbol[0])); err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	if shared > 0 {
		if err := check("cuFuncSetAttribute", d.api.FunctionSet(f, functionDynamicShared, int32(shared))); err != nil {
			return 0, fmt.Errorf("%s: %w", name, err)
		}
	}
	d.functions[name] = f
	return f, nil
}

// Wait implements card.Device.
func (d *device) Wait() error {
	return d.do(func() error { return check("cuCtxSynchronize", d.api.Synchronize()) })
}

// Close implements card.Device. Releasing the context frees what a broken one
// still holds.
func (d *device) Close() error {
	if d.context == 0 {
		return nil
	}
	var errs []error
	if d.module != 0 {
		errs = append(errs, d.do(func() error { return check("cuModuleUnload", d.api.ModuleUnload(d.module)) }))
	}
	errs = append(errs, check("cuDevicePrimaryCtxRelease", d.api.ContextRelease(d.info.ordinal)))
	d.context, d.module, d.functions = 0, 0, nil
	return errors.Join(errs...)
}
