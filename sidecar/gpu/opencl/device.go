// Package opencl is the GPU backend for any vendor's card with an OpenCL 1.2
// driver. It loads libOpenCL at run time, without cgo, and compiles the kernels there.
package opencl

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/card"
	"github.com/joulechain/joule/sidecar/gpu/dl"
	"github.com/joulechain/joule/sidecar/gpu/kernels"
)

// Options choose a device.
type Options struct {
	// Index counts the usable devices, GPUs first.
	Index int
	// OnlyGPU refuses processors, on which OpenCL works but the reference backend
	// is the better choice.
	OnlyGPU bool
	// Load is the library loader; nil is dl.Open.
	Load dl.Loader
	// emulateTensor adds the tensor-core kernel with its instructions written out.
	emulateTensor bool
	// prefer are product kernels that the driver's properties do not ask for.
	prefer []card.Product
}

// List names the usable devices in the order of Options.Index.
func List(load dl.Loader) ([]Info, error) {
	a, err := open(load)
	if err != nil {
		return nil, err
	}
	return a.list()
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

// Open returns the backend on one device. Errors wrap those of sidecar/gpu.
func Open(o Options) (*card.Backend, error) {
	a, err := open(o.Load)
	if err != nil {
		return nil, err
	}
	d, err := a.open(o)
	if err != nil {
		return nil, err
	}
	return card.New(d), nil
}

func (a *api) open(o Options) (*device, error) {
	infos, err := a.list()
	if err != nil {
		return nil, err
	}
	usable := infos
	if o.OnlyGPU {
		for i, info := range infos {
			if !info.GPU {
				usable = infos[:i]
				break
			}
		}
	}
	if o.Index < 0 || o.Index >= len(usable) {
		if o.OnlyGPU {
			return nil, fmt.Errorf("%w: index is %d, OpenCL has %d GPUs and %d other devices, which only opencl by name uses", gpu.ErrUnavailable, o.Index, len(usable), len(infos)-len(usable))
		}
		return nil, fmt.Errorf("%w: index is %d, OpenCL has %d devices", gpu.ErrUnavailable, o.Index, len(infos))
	}
	d := &device{api: a, info: usable[o.Index], kernels: map[string]kernelID{}, extra: o.prefer}
	if err := d.start(o.emulateTensor); err != nil {
		return nil, errors.Join(err, d.Close())
	}
	return d, nil
}

// device implements card.Device.
type device struct {
	api     *api
	info    Info
	context contextID
	queue   queueID
	program programID
	kernels map[string]kernelID
	extra   []card.Product
}

// start creates the context and compiles the kernels.
func (d *device) start(emulateTensor bool) error {
	var code int32
	d.context = d.api.CreateContext(nil, 1, &d.info.device, 0, 0, &code)
	if err := check("clCreateContext", code); err != nil {
		return err
	}
	d.queue = d.api.CreateCommandQueue(d.context, d.info.device, 0, &code)
	if err := check("clCreateCommandQueue", code); err != nil {
		return err
	}
	source := kernels.OpenCLSource()
	if emulateTensor {
		source = kernels.EmulatedTensorSource()
		d.extra = []card.Product{{Kernel: kernels.ProductTensor, Rows: 128, Cols: 256, Items: 256}}
	}
	program := cString(source)
	first, size := &program[0], uintptr(len(source))
	d.program = d.api.CreateProgram(d.context, 1, &first, &size, &code)
	if err := check("clCreateProgramWithSource", code); err != nil {
		return err
	}
	flags := "-cl-std=CL1.2"
	if emulateTensor {
		flags += " -cl-opt-disable" // else the unrolled exchange takes a minute to compile
	}
	options := cString(flags)
	code = d.api.BuildProgram(d.program, 1, &d.info.device, &options[0], 0, 0)
	if err := check("clBuildProgram", code); err != nil {
		log := value(func(size uintptr, to *byte, need *uintptr) int32 {
			return d.api.GetBuildInfo(d.program, d.info.device, buildLog, size, to, need)
		})
		return fmt.Errorf("%w: %w: %s", gpu.ErrBuild, err, lastLines(text(log)))
	}
	return nil
}

// lastLines keeps an error's text readable: compilers say what matters last.
func lastLines(log string) string {
	const most = 600
	if len(log) > most {
		log = "… " + log[len(log)-most:]
	}
	return strings.TrimSpace(log)
}

func cString(s string) []byte { return append([]byte(s), 0) }

// Name implements card.Device.
func (*device) Name() string { return "opencl" }

// Describe implements card.Device.
func (d *device) Describe() string { return "OpenCL: " + d.info.String() }

// Products implements card.Device. A processor gains nothing from large groups.
func (d *device) Products() []card.Product {
	const local128 = 2048 * 16
	products := append([]card.Product(nil), d.extra...)
	if d.info.GPU && d.info.largestGroup >= 256 && d.info.localBytes >= local128 {
		products = append(products, card.Product128)
	}
	return append(products, card.Product64)
}

// Allocate implements card.Device.
func (d *device) Allocate(bytes uint64) (card.Memory, error) {
	if bytes > d.info.largestBuffer {
		return 0, fmt.Errorf("%w: one buffer of %d MiB, the driver allows %d MiB", gpu.ErrOutOfMemory, bytes>>20, d.info.largestBuffer>>20)
	}
	var code int32
	m := d.api.CreateBuffer(d.context, memReadWrite, uintptr(bytes), 0, &code)
	if err := check("clCreateBuffer", code); err != nil {
		return 0, err
	}
	return card.Memory(m), nil
}

// Free implements card.Device.
func (d *device) Free(m card.Memory) error {
	return check("clReleaseMemObject", d.api.ReleaseMemory(memoryID(m)))
}

// Write implements card.Device.
func (d *device) Write(m card.Memory, data []byte) error {
	return check("clEnqueueWriteBuffer", d.api.EnqueueWrite(d.queue, memoryID(m), blocking, 0, uintptr(len(data)), &data[0], 0, 0, 0))
}

// Read implements card.Device.
func (d *device) Read(dst []byte, m card.Memory, offset uint64) error {
	return check("clEnqueueReadBuffer", d.api.EnqueueRead(d.queue, memoryID(m), blocking, uintptr(offset), uintptr(len(dst)), &dst[0], 0, 0, 0))
}

// Launch implements card.Device.
func (d *device) Launch(l card.Launch) error {
	kernel, err := d.kernel(l.Kernel)
	if err != nil {
		return err
	}
	for i, arg := range l.Args {
		raw := binary.NativeEndian.AppendUint64(nil, uint64(arg.Memory))
		if arg.Memory == 0 {
			raw = binary.NativeEndian.AppendUint32(nil, arg.Word)
		}
		if err := check("clSetKernelArg", d.api.SetKernelArg(kernel, uint32(i), uintptr(len(raw)), &raw[0])); err != nil {
			return fmt.Errorf("%s, argument %d: %w", l.Kernel, i, err)
		}
	}
	global, local := uintptr(l.Groups)*uintptr(l.Items), uintptr(l.Items)
	if err := check("clEnqueueNDRangeKernel", d.api.EnqueueKernel(d.queue, kernel, 1, nil, &global, &local, 0, 0, 0)); err != nil {
		return fmt.Errorf("%s: %w", l.Kernel, err)
	}
	return check("clFlush", d.api.Flush(d.queue))
}

func (d *device) kernel(name string) (kernelID, error) {
	if k, ok := d.kernels[name]; ok {
		return k, nil
	}
	var code int32
	text := cString(name)
	k := d.api.CreateKernel(d.program, &text[0], &code)
	if err := check("clCreateKernel", code); err != nil {
		return 0, fmt.Errorf("%s: %w", name, err)
	}
	d.kernels[name] = k
	return k, nil
}

// Wait implements card.Device.
func (d *device) Wait() error { return check("clFinish", d.api.Finish(d.queue)) }

// Close implements card.Device.
func (d *device) Close() error {
	var errs []error
	for _, k := range d.kernels {
		errs = append(errs, check("clReleaseKernel", d.api.ReleaseKernel(k)))
	}
	if d.program != 0 {
		errs = append(errs, check("clReleaseProgram", d.api.ReleaseProgram(d.program)))
	}
	if d.queue != 0 {
		errs = append(errs, check("clReleaseCommandQueue", d.api.ReleaseCommandQueue(d.queue)))
	}
	if d.context != 0 {
		errs = append(errs, check("clReleaseContext", d.api.ReleaseContext(d.context)))
	}
	d.kernels, d.program, d.queue, d.context = nil, 0, 0, 0
	return errors.Join(errs...)
}
