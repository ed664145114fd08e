// Package gpu proves GPU work: it runs rounds of committed matrix products on a
// Backend, keeps the transcript that a commitment and its opening need, and
// checks every opening with the chain's own verifier before handing it out.
//
// CPU is the reference backend: pure Go, all cores, bit-exact, needs no
// hardware. CUDA and OpenCL backends implement the same interface.
package gpu
