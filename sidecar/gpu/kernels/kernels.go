// Package kernels holds the GPU proof's kernels, one source for every card, and
// the PTX that clang makes of it ahead of time. It computes nothing itself.
//
// The sources are OpenCL C 1.2: platform.h (what differs between platforms),
// hash.h (keyed BLAKE3), expand.cl, product.cl, reduce.cl, and tensor.cl for NVIDIA's
// tensor cores. An OpenCL driver compiles OpenCLSource at run time; libcuda takes PTX,
// which `go generate ./sidecar/gpu/kernels` writes (clang 19, no CUDA toolkit).
package kernels

import (
	"crypto/sha256"
	"embed"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

//go:generate ./generate.sh

//go:embed *.h *.cl *.ptx
var files embed.FS

// ErrCard means that a card is older than the oldest one with kernels.
var ErrCard = errors.New("no kernels for this card")

// Names of the kernels.
const (
	Expand        = "joule_expand"
	Product64     = "joule_product_64"
	Product128    = "joule_product_128"
	ProductTensor = "joule_product_tensor" // compute capability 8.0 and above
	Dump          = "joule_dump"
	Reduce        = "joule_reduce"
	Place         = "joule_place"
)

// TensorShared is the dynamic shared memory of ProductTensor in bytes.
const TensorShared = 98304

// Flags are the compiler flags of the PTX, without -march.
const flags = "-x cl -cl-std=CL1.2 --target=nvptx64-nvidia-cuda -O3 -S"

var common = []string{"platform.h", "hash.h", "expand.cl", "product.cl", "reduce.cl"}

// OpenCLSource returns the program for an OpenCL driver.
func OpenCLSource() string { return source(common...) }

// EmulatedTensorSource returns OpenCLSource and ProductTensor with the tensor core's
// instructions written out. It is slow and meant for tests.
func EmulatedTensorSource() string {
	return source(append(append([]string(nil), common...), "tensor_emulated.h", "tensor.cl")...)
}

// PTX returns the module for a card of this compute capability and the target it
// was compiled for. The driver compiles it on for the card. ErrCard below 6.1.
func PTX(major, minor int) (text, target string, err error) {
	switch capability := 10*major + minor; {
	case capability >= 80:
		return source("joule_sm80.ptx"), "sm_80", nil
	case capability >= 61:
		return source("joule_sm61.ptx"), "sm_61", nil
	default:
		return "", "", fmt.Errorf("%w: compute capability is %d.%d, at least 6.1 is needed (dp4a)", ErrCard, major, minor)
	}
}

func source(names ...string) string {
	var b strings.Builder
	for _, name := range names {
		text, err := files.ReadFile(name)
		if err != nil {
			panic("kernels: " + err.Error()) // the names above are embedded
		}
		b.Write(text)
	}
	return b.String()
}

// sourcesHash is what generate.sh writes into the PTX of a target.
func sourcesHash(target string) string {
	names := common
	if target == "sm_80" {
		names = append(append([]string(nil), common...), "tensor_ptx.h", "tensor.cl")
	}
	sum := sha256.Sum256([]byte(source(names...) + flags + " -march=" + target + "\n"))
	return hex.EncodeToString(sum[:])
}
