// Package gpucheck examines one card: self-test, every product kernel against the reference, speed, telemetry. It makes
// one report of it, for a machine that has nothing but the driver. cmd/gpu-check is its program.
package gpucheck

import (
	"errors"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/telemetry"
)

// Status is how a check ended, and the program's exit status.
type Status int

const (
	// Passed: everything that was asked for ran and agrees with the reference.
	Passed Status = 0
	// Failed: something differs, a driver failed, or the time was up.
	Failed Status = 1
	// Missing: there is no card, driver or library to check.
	Missing Status = 3
)

// How a round was compared with the reference.
const (
	// ByReference: the reference multiplied the same round, and the roots agree bit for bit.
	ByReference = "the reference's own root"
	// ByEntries: too long a round for the reference in the time that was left. Every entry of the product was compared
	// by gpu.CheckRound (a wrong one passes with 2^-32 at most) and hashed by the host into a tree whose root agrees.
	ByEntries = "every entry by a random projection, every node by the host"
)

// Report is all that is known of the card at the end. Whatever was not reached is missing from it.
type Report struct {
	OK      bool   `json:"ok"`
	Version string `json:"version,omitempty"`
	// Missing says what the machine lacks for a check; Error what went wrong first.
	Missing  []string `json:"missing,omitempty"`
	Error    string   `json:"error,omitempty"`
	Backend  string   `json:"backend"`
	Hardware string   `json:"hardware,omitempty"`
	CPUs     int      `json:"cpus"`
	N        uint32   `json:"n"`
	B        uint32   `json:"b"`
	// SelfTest is what a card has to pass before its first round, at n and b.
	SelfTest *Step    `json:"self_test,omitempty"`
	Kernels  []Kernel `json:"kernels,omitempty"`
	Openings []Step   `json:"openings,omitempty"`
	Speed    *Speed   `json:"speed,omitempty"`
	NVML     NVML     `json:"nvml"`
	Seconds  float64  `json:"seconds"`
}

// Step is one comparison.
type Step struct {
	What    string  `json:"what"`
	OK      bool    `json:"ok"`
	Error   string  `json:"error,omitempty"`
	Seconds float64 `json:"seconds"`
}

// Kernel is one product kernel at one size, with expansion, reduction and placing before and behind it.
type Kernel struct {
	Kernel string `json:"kernel"`
	N      uint32 `json:"n"`
	B      uint32 `json:"b"`
	How    string `json:"compared_with"`
	Step
}

// Speed is gpu.Bench beside what the card could do.
type Speed struct {
	gpu.Bench
	// PublishedTOPS is the vendor's dense INT8 figure of this model, ComputedTOPS multiprocessors × operations a clock
	// × the highest clock; 0 where not known. INT8Share is the effective rate's part of the published one, else of the
	// computed one.
	PublishedTOPS float64 `json:"published_peak_tops"`
	ComputedTOPS  float64 `json:"computed_peak_tops"`
	INT8Share     float64 `json:"share_of_peak"`
	// ProductShare is the same for the product alone, without expansion and hashing.
	ProductShare float64 `json:"share_of_peak_in_products"`
}

// NVML is the telemetry before the measurement and right after it.
type NVML struct {
	Unavailable string           `json:"unavailable,omitempty"`
	Before      []telemetry.Card `json:"before,omitempty"`
	After       []telemetry.Card `json:"after,omitempty"`
}

// Status is the exit status that the report asks for.
func (r Report) Status() Status {
	switch {
	case r.OK:
		return Passed
	case len(r.Missing) > 0:
		return Missing
	}
	return Failed
}

// fail notes the first failure.
func (r *Report) fail(err error) {
	switch {
	case err == nil:
	case errors.Is(err, gpu.ErrUnavailable) && r.Hardware == "":
		r.Missing = append(r.Missing, err.Error())
	case r.Error == "":
		r.Error = err.Error()
	}
}
