package process

import (
	"context"
	"fmt"
	"log/slog"
	"path/filepath"

	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/disk"
	diskworker "github.com/joulechain/joule/sidecar/disk/worker"
	"github.com/joulechain/joule/sidecar/gpuworker"
	"github.com/joulechain/joule/sidecar/worker"
)

// OpenWorker builds the worker that a device's class and backend ask for; id is the device's.
func OpenWorker(cfg config.Config, d config.Device, id []byte, log *slog.Logger) (worker.Worker, error) {
	switch d.Class {
	case config.ClassGPU:
		w, err := gpuworker.Open(d.Name, GPUOptions(cfg, d, log))
		if err != nil {
			return nil, fmt.Errorf("device %s: %w", d.Name, err)
		}
		return w, nil
	case config.ClassDisk:
		store, err := OpenStore(context.Background(), cfg, d, id)
		if err != nil {
			return nil, fmt.Errorf("device %s: %w", d.Name, err)
		}
		return diskworker.New(store, diskworker.Options{
			Device: d.Name, ChainID: cfg.Chain.ID, DeviceID: id, Folders: cfg.FoldersOf(d),
			HistoryFile: filepath.Join(cfg.Path(cfg.Spool.Dir), "scans-"+d.Name+".json"),
			LookEvery:   cfg.Disk.LookEvery, SlowScan: cfg.Disk.SlowScan, Scrub: cfg.Disk.Scrub, ScrubRate: cfg.Disk.ScrubRate << 10, Log: log,
		}), nil
	}
	return nil, fmt.Errorf("device %s: class %q has no worker", d.Name, d.Class)
}

// GPUOptions are what the configuration says of a GPU device.
func GPUOptions(cfg config.Config, d config.Device, log *slog.Logger) gpuworker.Options {
	return gpuworker.Options{
		Backend: cfg.BackendOf(d), Index: int(d.Index), Threads: cfg.ThreadsOf(d), PauseFile: cfg.Path(cfg.GPU.PauseFile), Log: log.With("device", d.Name),
	}
}

// OpenStore opens the plots of a disk device. Folders and files that are not usable do not stop the others.
func OpenStore(ctx context.Context, cfg config.Config, d config.Device, id []byte) (*disk.Store, error) {
	return disk.Open(ctx, disk.OpenOptions{
		Owner: disk.Owner{ChainID: cfg.Chain.ID, DeviceID: id}, Folders: cfg.FoldersOf(d),
		Readers: int(cfg.Disk.Readers), Threads: cfg.ThreadsOf(d), MountsFile: MountsFile(cfg, d),
	})
}

// MountsFile remembers on which disks a device's plots were seen.
func MountsFile(cfg config.Config, d config.Device) string {
	return filepath.Join(cfg.Path(cfg.Spool.Dir), "mounts-"+d.Name+".json")
}
