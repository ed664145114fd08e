package telemetry

import (
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"
)

// Work is what was claimed for a card between two readings.
type Work struct {
	MultiplyAdds float64
	Elapsed      time.Duration
}

const (
	// maxOperationsPerJoule is above any card's: an H200 has 1979·10^12 operations a
	// second at 700 W, 2.8·10^12 a joule, a B200 4.5·10^12.
	maxOperationsPerJoule = 1e13
	// minWork is the shortest time over which energy and work are compared.
	minWork = 10 * time.Second
)

// CompareEnergy warns where a card claims more work than the energy it drew allows.
// The empty string is no warning; a counter that was reset gives none.
func CompareEnergy(before, after Card, w Work) string {
	joules := after.EnergyJoules - before.EnergyJoules
	if before.UUID != after.UUID || before.EnergyJoules == 0 || joules < 0 || w.Elapsed < minWork {
		return ""
	}
	if operations := 2 * w.MultiplyAdds; operations > joules*maxOperationsPerJoule {
		return fmt.Sprintf("card %d (%s) drew %.0f J in %s for %.3g operations, more than any card does: the work was done elsewhere, or the readings are not the card's",
			after.Index, after.Name, joules, w.Elapsed.Round(time.Second), operations)
	}
	return ""
}

// Warnings names what does not fit together in one reading: addresses, UUIDs or serial
// numbers that several cards claim, and cards that are lost.
func Warnings(cards []Card) (warnings []string) {
	for what, of := range map[string]func(Card) string{
		"PCI address":   func(c Card) string { return c.Bus },
		"UUID":          func(c Card) string { return c.UUID },
		"serial number": func(c Card) string { return c.Serial },
	} {
		first := map[string]int{}
		for _, c := range cards {
			id := of(c)
			if id == "" || id == "0" {
				continue
			}
			if other, taken := first[id]; taken {
				warnings = append(warnings, fmt.Sprintf("cards %d and %d both claim %s %s: one card is shown as several", other, c.Index, what, id))
				continue
			}
			first[id] = c.Index
		}
	}
	for _, c := range cards {
		if c.Lost {
			warnings = append(warnings, fmt.Sprintf("card %d (%s) is not reached by the driver any more", c.Index, c.Bus))
		}
		if c.ECCErrors > 0 {
			warnings = append(warnings, fmt.Sprintf("card %d (%s) had %d uncorrected memory errors", c.Index, c.Name, c.ECCErrors))
		}
	}
	return warnings
}

// Shims looks for what people use to make one card look like several: preloaded
// libraries and mounts over the driver's files. root is the file system's root and
// environ the process's environment.
func Shims(root fs.FS, environ []string) (warnings []string) {
	for _, entry := range environ {
		if list, found := strings.CutPrefix(entry, "LD_PRELOAD="); found && strings.TrimSpace(list) != "" {
			warnings = append(warnings, "LD_PRELOAD loads "+list+" before the driver's libraries")
		}
	}
	if raw, err := fs.ReadFile(root, "etc/ld.so.preload"); err == nil && strings.TrimSpace(string(raw)) != "" {
		warnings = append(warnings, "/etc/ld.so.preload loads "+strings.Join(strings.Fields(string(raw)), ", ")+" into every program")
	}
	if raw, err := fs.ReadFile(root, "proc/self/mountinfo"); err == nil {
		for line := range strings.Lines(string(raw)) {
			// Field 5 is the mount point.
			fields := strings.Fields(line)
			if len(fields) > 4 && strings.HasPrefix(fields[4], "/proc/driver/nvidia") {
				warnings = append(warnings, "something is mounted over "+fields[4])
			}
		}
	}
	if raw, err := fs.ReadFile(root, "proc/self/maps"); err == nil {
		seen := map[string]bool{}
		for line := range strings.Lines(string(raw)) {
			_, path, _ := strings.Cut(strings.TrimSpace(line), "/")
			path = "/" + path
			if !strings.Contains(path, "libnvidia-ml.so") && !strings.Contains(path, "libcuda.so") || usual(path) || seen[path] {
				continue
			}
			seen[path] = true
			warnings = append(warnings, "the driver's library was loaded from "+path)
		}
	}
	return warnings
}

// usual says whether a driver's library lies where packages put it.
func usual(path string) bool {
	for _, prefix := range []string{"/usr/lib", "/lib", "/usr/local/nvidia/", "/usr/local/cuda", "/run/opengl-driver/", "/opt/nvidia/"} {
		if strings.HasPrefix(path, prefix) {
			return true
		}
	}
	return false
}

// Machine is the root of this machine's file system, for Shims.
func Machine() fs.FS { return os.DirFS("/") }
