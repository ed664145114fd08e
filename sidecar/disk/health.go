package disk

import (
	"context"
	"path/filepath"
	"strings"

	"github.com/shirou/gopsutil/v4/disk"

	"github.com/joulechain/joule/sidecar/disk/internal/drive"
)

// FolderHealth is what the operating system tells of a folder and the disk below it. Everything is for people: nothing
// of it decides about plots. Serial numbers are not read.
type FolderHealth struct {
	Folder string
	// Problem is set where the folder itself cannot be used; the rest is then empty.
	Problem string
	// Mount, Partition and FileSystem say where it lies; empty where the system does not tell.
	Mount, Partition, FileSystem string
	ReadOnly                     bool
	TotalBytes, FreeBytes        uint64
	// Disk is the disk's own account. Disk.Unknown says why its report is not available.
	Disk drive.Drive
}

// Drive is what is known of a disk; nil fields are not available.
type Drive = drive.Drive

// Health looks at folders. It never fails: what is not known is absent, and a folder that has gone has a Problem.
func Health(ctx context.Context, folders ...string) []FolderHealth {
	partitions, _ := disk.PartitionsWithContext(ctx, true) // what it could list, even with an error
	out := make([]FolderHealth, 0, len(folders))
	for _, folder := range folders {
		h := FolderHealth{Folder: folder}
		usage, err := disk.UsageWithContext(ctx, folder)
		if err != nil {
			h.Problem = err.Error()
			out = append(out, h)
			continue
		}
		h.TotalBytes, h.FreeBytes, h.FileSystem = usage.Total, usage.Free, usage.Fstype
		if p := mountOf(folder, partitions); p != nil {
			h.Mount, h.Partition, h.FileSystem = p.Mountpoint, p.Device, p.Fstype
			for _, option := range p.Opts {
				h.ReadOnly = h.ReadOnly || option == "ro"
			}
		}
		h.Disk = drive.Look(folder)
		out = append(out, h)
	}
	return out
}

// mountOf is the partition with the longest mount point above a folder.
func mountOf(folder string, partitions []disk.PartitionStat) (best *disk.PartitionStat) {
	path, err := filepath.EvalSymlinks(folder)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return nil
	}
	for i, p := range partitions {
		rest, ok := strings.CutPrefix(path, strings.TrimSuffix(p.Mountpoint, string(filepath.Separator)))
		if !ok || rest != "" && rest[0] != filepath.Separator {
			continue
		}
		if best == nil || len(p.Mountpoint) >= len(best.Mountpoint) { // a later mount hides an earlier one
			best = &partitions[i]
		}
	}
	return best
}
