package cuda

import (
	"errors"
	"strings"
	"unsafe"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/card"
	"github.com/joulechain/joule/sidecar/gpu/card/cardfake"
	"github.com/joulechain/joule/sidecar/gpu/kernels"
)

// fakeCard is what the fake driver says about one card.
type fakeCard struct {
	name, bus    string
	major, minor int32
	shared, mode int32
	device       *cardfake.Device
}

func hopper() fakeCard {
	return fakeCard{name: "NVIDIA H200", bus: "0000:1b:00.0", major: 9, shared: 232448, device: &cardfake.Device{Kinds: []card.Product{card.ProductTensor}}}
}

func pascal() fakeCard {
	return fakeCard{name: "NVIDIA GeForce GTX 1060", bus: "0000:01:00.0", major: 6, minor: 1, shared: 49152, device: &cardfake.Device{}}
}

// driver is libcuda for tests: its kernels run in cardfake.
type driver struct {
	cards   []fakeCard
	fail    map[string]result // per function, until removed
	log     string            // of a failing ModuleLoad
	image   string            // what was loaded last
	names   []string          // functions by handle-1
	current contextID
	dynamic map[function]int32 // shared memory set
}

// arguments says which parameters of a kernel are memory (m) and words (w).
var arguments = map[string]string{
	kernels.Expand: "mmwww", kernels.Product64: "mmmwwww", kernels.Product128: "mmmwwww", kernels.ProductTensor: "mmmwwww",
	kernels.Dump: "mmmwwww", kernels.Reduce: "mwww", kernels.Place: "mmwww",
}

// codeOf is the opposite of check.
func codeOf(err error) result {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, gpu.ErrOutOfMemory):
		return 2
	default:
		return 719
	}
}

// text0 reads a C string.
func text0(from *byte) string {
	var b strings.Builder
	for p := unsafe.Pointer(from); *(*byte)(p) != 0; p = unsafe.Add(p, 1) {
		b.WriteByte(*(*byte)(p))
	}
	return b.String()
}

func fill(to *byte, size int32, text string) {
	copy(unsafe.Slice(to, size), text+"\x00")
}

func (d *driver) table() *api {
	on := func(name string, then func() result) result {
		if code, ok := d.fail[name]; ok {
			return code
		}
		return then()
	}
	d.dynamic = map[function]int32{}
	inContext := func() *cardfake.Device { return d.cards[d.current-1].device } // panics without a context, as a crash would
	return &api{
		Init:          func(uint32) result { return on("Init", func() result { return 0 }) },
		DriverVersion: func(v *int32) result { *v = 12040; return 0 },
		DeviceCount:   func(count *int32) result { *count = int32(len(d.cards)); return 0 },
		DeviceGet:     func(to *ordinal, index int32) result { *to = index; return 0 },
		DeviceName:    func(to *byte, size int32, i ordinal) result { fill(to, size, d.cards[i].name); return 0 },
		DeviceBus:     func(to *byte, size int32, i ordinal) result { fill(to, size, d.cards[i].bus); return 0 },
		DeviceMemory:  func(to *uint64, _ ordinal) result { *to = 1 << 33; return 0 },
		DeviceUUID:    func(to *byte, i ordinal) result { *to = byte(i + 1); return 0 },
		DeviceAttribute: func(to *int32, attribute int32, i ordinal) result {
			c := d.cards[i]
			*to = map[int32]int32{attributeMajor: c.major, attributeMinor: c.minor, attributeMultiprocessors: 7, attributeClock: 1_830_000, attributeComputeMode: c.mode, attributeSharedOptIn: c.shared}[attribute]
			return 0
		},
		ContextRetain: func(c *contextID, i ordinal) result {
			return on("ContextRetain", func() result { *c = contextID(i + 1); return 0 })
		},
		ContextRelease: func(ordinal) result { return 0 },
		ContextSet:     func(c contextID) result { d.current = c; return on("ContextSet", func() result { return 0 }) },
		Synchronize:    func() result { return on("Synchronize", func() result { return codeOf(inContext().Wait()) }) },
		ModuleLoad: func(m *module, image *byte, count uint32, options *uint32, values *uintptr) result {
			d.image = text0(image)
			if d.log != "" {
				fill(*(**byte)(unsafe.Pointer(values)), 4096, d.log)
			}
			return on("ModuleLoad", func() result { *m = 1; return 0 })
		},
		ModuleUnload: func(module) result { return 0 },
		ModuleFunction: func(f *function, _ module, name *byte) result {
			return on("ModuleFunction", func() result {
				text := text0(name)
				if !strings.Contains(d.image, ".entry "+text+"(") {
					return 500
				}
				d.names = append(d.names, text)
				*f = function(len(d.names))
				return 0
			})
		},
		FunctionSet: func(f function, attribute, value int32) result {
			d.dynamic[f] = value
			return 0
		},
		MemoryAllocate: func(p *pointer, bytes uint64) result {
			return on("MemoryAllocate", func() result {
				m, err := inContext().Allocate(bytes)
				*p = pointer(m)
				return codeOf(err)
			})
		},
		MemoryFree: func(p pointer) result { return codeOf(inContext().Free(card.Memory(p))) },
		CopyToCard: func(to pointer, from *byte, bytes uint64) result {
			return on("CopyToCard", func() result { return codeOf(inContext().Write(card.Memory(to), unsafe.Slice(from, bytes))) })
		},
		CopyToHost: func(to *byte, from pointer, bytes uint64) result {
			return on("CopyToHost", func() result {
				const low = 1<<cardfake.Shift - 1
				return codeOf(inContext().Read(unsafe.Slice(to, bytes), card.Memory(from&^low), from&low))
			})
		},
		Launch: func(f function, gx, gy, gz, bx, by, bz, shared uint32, stream uintptr, params *unsafe.Pointer, extra uintptr) result {
			return on("Launch", func() result {
				name := d.names[f-1]
				kinds := arguments[name]
				if shared != uint32(d.dynamic[f]) || gy*gz*by*bz != 1 {
					return 1
				}
				l := card.Launch{Kernel: name, Groups: gx, Items: bx, Shared: shared}
				for i, p := range unsafe.Slice(params, len(kinds)) {
					if kinds[i] == 'm' {
						l.Args = append(l.Args, card.Arg{Memory: *(*card.Memory)(p)})
					} else {
						l.Args = append(l.Args, card.Arg{Word: *(*uint32)(p)})
					}
				}
				return codeOf(inContext().Launch(l))
			})
		},
	}
}
