package process

import (
	"context"
	"fmt"
	"path/filepath"

	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/disk"
	diskworker "github.com/joulechain/joule/sidecar/disk/worker"
	"github.com/joulechain/joule/sidecar/health"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/worker"
)

// disks are this process's disk devices.
type disks struct {
	plain
	host
	workers []*diskworker.Worker
}

func newDisks(h host) site { return &disks{host: h} }

func (s *disks) open(d config.Device, signer keys.Signer) (worker.Worker, error) {
	store, err := OpenStore(context.Background(), s.cfg, d, signer.DeviceID())
	if err != nil {
		return nil, fmt.Errorf("device %s: %w", d.Name, err)
	}
	return diskworker.New(store, diskworker.Options{
		Device: d.Name, ChainID: s.cfg.Chain.ID, DeviceID: signer.DeviceID(), Folders: s.cfg.FoldersOf(d),
		HistoryFile: filepath.Join(s.cfg.Path(s.cfg.Spool.Dir), "scans-"+d.Name+".json"),
		LookEvery:   s.cfg.Disk.LookEvery, SlowScan: s.cfg.Disk.SlowScan, Scrub: s.cfg.Disk.Scrub, ScrubRate: s.cfg.Disk.ScrubRate << 10, Log: s.log,
	}), nil
}

func (s *disks) take(w worker.Worker) {
	if w, ok := w.(*diskworker.Worker); ok {
		s.workers = append(s.workers, w)
	}
}

// report adds the devices. What is left of the plots still earns.
func (s *disks) report(r *health.Report, tell problem) {
	r.Disks = []diskworker.Report{}
	for _, w := range s.workers {
		d := w.Report()
		for _, text := range d.Problems {
			tell(false, fmt.Sprintf("device %s: %s", d.Device, text))
		}
		r.Disks = append(r.Disks, d)
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
