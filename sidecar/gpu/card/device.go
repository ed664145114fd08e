// Package card runs the GPU proof's rounds on a card, whatever its driver: it
// decides what is launched when and where things lie in the card's memory. Seeds
// go to the card; roots, and for openings and checks nodes and parts of C, come
// back. opencl and cuda implement Device.
package card

import (
	"github.com/joulechain/joule/sidecar/gpu/kernels"
)

// Memory is a piece of a card's memory, as its driver names it; 0 is none.
type Memory uint64

// Arg is an argument of a kernel: memory, or a 32-bit word.
type Arg struct {
	Memory Memory // not 0 for memory
	Word   uint32
}

// Launch is one kernel on a one-dimensional grid.
type Launch struct {
	Kernel string
	Groups uint32
	Items  uint32 // in a group
	Shared uint32 // bytes of local memory whose size the launch sets
	Args   []Arg
}

// Product is a kernel for the product, with what it needs: sides of its groups'
// squares, items in a group, bytes of local memory that the launch sets.
type Product struct {
	Kernel                    string
	Rows, Cols, Items, Shared uint32
}

// Fits tells whether rounds of this size can use the kernel.
func (p Product) Fits(n uint32) bool { return p.Rows <= n && p.Cols <= n }

// Device is one card with the kernels loaded. Launches run in order; errors wrap
// those of sidecar/gpu. Used by one goroutine at a time.
type Device interface {
	// Name and Describe are the backend's.
	Name() string
	Describe() string
	// Products lists the usable product kernels, the fastest first.
	Products() []Product
	// Allocate reserves memory of the card, uninitialised.
	Allocate(bytes uint64) (Memory, error)
	// Free gives memory back. It may wait for running kernels.
	Free(m Memory) error
	// Write copies to the start of m, after everything launched before.
	Write(m Memory, data []byte) error
	// Read fills dst from the byte offset of m, after everything launched before.
	Read(dst []byte, m Memory, offset uint64) error
	// Launch starts a kernel and does not wait for it.
	Launch(l Launch) error
	// Wait returns when everything launched is done, with its error.
	Wait() error
	// Close frees everything. The device must not be used afterwards.
	Close() error
}

// Items is the number of work items in a group of all kernels but products.
const Items = 64

// The products of every card, without those for tensor cores.
var (
	Product64     = Product{Kernel: kernels.Product64, Rows: 64, Cols: 64, Items: 64}
	Product128    = Product{Kernel: kernels.Product128, Rows: 128, Cols: 128, Items: 256}
	ProductTensor = Product{Kernel: kernels.ProductTensor, Rows: 128, Cols: 256, Items: 256, Shared: kernels.TensorShared}
)
