package diskworker

import (
	"context"
	"fmt"
	"os"
	"strings"

	"github.com/joulechain/joule/sidecar/disk"
)

// FolderHealth is what is known of a folder and the disk below it. What the system does not tell is empty or 0.
type FolderHealth struct {
	Folder string `json:"folder"`
	// Present is false where the folder cannot be read: its disk has gone. Problem then says why.
	Present bool   `json:"present"`
	Problem string `json:"problem,omitempty"`
	// Unmounted is true where the folder can be read, and its plots are on a disk that is not mounted. It is not
	// Present then.
	Unmounted bool `json:"unmounted,omitempty"`
	ReadOnly  bool `json:"read_only,omitempty"`
	// Mount is where its file system is mounted; folders with the same share their space.
	Mount      string `json:"mount,omitempty"`
	FileSystem string `json:"file_system,omitempty"`
	FreeBytes  uint64 `json:"free_bytes"`
	TotalBytes uint64 `json:"total_bytes"`
	Model      string `json:"model,omitempty"`
	Medium     string `json:"medium,omitempty"`
	Celsius    int    `json:"celsius,omitempty"`
	// Failing is the disk's own verdict on itself (SMART, NVMe); Unknown says why there is none.
	Failing bool   `json:"failing"`
	Unknown string `json:"unknown,omitempty"`
	// UsedPercent is how much of its life in writes an SSD has used, PowerOnHours its age; the others count what went
	// wrong since it was made.
	UsedPercent  int    `json:"used_percent,omitempty"`
	PowerOnHours uint64 `json:"power_on_hours,omitempty"`
	Reallocated  uint64 `json:"reallocated_sectors,omitempty"`
	MediaErrors  uint64 `json:"media_errors,omitempty"`
}

// Health asks the system about folders and the disks below them.
func Health(ctx context.Context, folders ...string) []FolderHealth {
	out := make([]FolderHealth, 0, len(folders))
	for _, from := range disk.Health(ctx, folders...) {
		h := FolderHealth{
			Folder: from.Folder, Present: from.Problem == "", Problem: from.Problem, ReadOnly: from.ReadOnly, Mount: from.Mount, FileSystem: from.FileSystem,
			FreeBytes: from.FreeBytes, TotalBytes: from.TotalBytes,
		}
		if _, err := os.ReadDir(from.Folder); err != nil {
			h.Present, h.Problem = false, err.Error()
		}
		h.ask(from.Disk)
		out = append(out, h)
	}
	return out
}

// ask takes over the disk's own account.
func (h *FolderHealth) ask(d disk.Drive) {
	h.Model, h.Unknown = d.Model, d.Unknown
	if d.Name != "" {
		h.Medium = "SSD"
		if d.Rotating {
			h.Medium = "hard disk"
		}
	}
	h.Celsius, h.UsedPercent = or(d.Temperature), or(d.UsedPercent)
	h.PowerOnHours, h.Reallocated, h.MediaErrors = or(d.PowerOnHours), or(d.ReallocatedSectors), or(d.MediaErrors)
	h.Failing = d.Failing != nil && *d.Failing
}

func or[T any](p *T) (v T) {
	if p != nil {
		v = *p
	}
	return v
}

// About describes the disk in one line; empty where the system tells nothing.
func (h FolderHealth) About() string {
	var parts []string
	add := func(part string, known bool) {
		if known {
			parts = append(parts, part)
		}
	}
	add(strings.TrimSpace(h.Model+" "+h.Medium), h.Model+h.Medium != "")
	add(fmt.Sprintf("%d °C", h.Celsius), h.Celsius != 0)
	add(fmt.Sprintf("%d %% of its writes used", h.UsedPercent), h.UsedPercent != 0)
	add(fmt.Sprintf("%d hours on", h.PowerOnHours), h.PowerOnHours != 0)
	add(fmt.Sprintf("%d sectors reallocated", h.Reallocated), h.Reallocated != 0)
	add(fmt.Sprintf("%d media errors", h.MediaErrors), h.MediaErrors != 0)
	return strings.Join(parts, ", ")
}
