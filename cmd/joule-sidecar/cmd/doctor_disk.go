package cmd

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/disk"
	diskworker "github.com/joulechain/joule/sidecar/disk/worker"
	"github.com/joulechain/joule/sidecar/durable"
	"github.com/joulechain/joule/sidecar/keys"
	proof "github.com/joulechain/joule/x/work/proof/disk"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// plots checks what needs no node: folders, their disks, and the plots in them.
func (e *examination) plots(ctx context.Context) {
	for _, d := range e.cfg.Devices {
		if d.Class != config.ClassDisk {
			continue
		}
		s, err := keys.LoadDevice(e.cfg.Path(d.KeyFile), passphrase(e.cfg))
		if err != nil {
			continue // reported already
		}
		p := &plots{cfg: e.cfg, device: d, signer: s}
		store, err := p.store(ctx)
		if err != nil {
			e.diskFolders(ctx, p, nil)
			e.fail("plots "+d.Name, "", "%s", err)
			continue
		}
		e.diskFolders(ctx, p, store.Faults())
		e.diskPlots(p, store)
		_ = store.Close() // it holds nothing
	}
}

// diskDevice checks a disk device against the chain: claim and bond, and whether an answer fits into a window.
func (e *examination) diskDevice(ctx context.Context, c patient) {
	p := &plots{cfg: e.cfg, device: c.device, signer: c.signer}
	store, err := p.store(ctx)
	if err != nil {
		return // reported already
	}
	defer store.Close()
	var claim *worktypes.DiskClaim
	if c.registered {
		claim = e.diskClaim(ctx, c.connected, p, store.Plots(), c.allowance)
	}
	if e.bench != 0 {
		e.diskDeadline(ctx, c.connected, p, store, claim)
	}
}

// diskFolders checks that folders are there, writable and not full, and what their disks say of themselves.
func (e *examination) diskFolders(ctx context.Context, p *plots, faults []disk.Fault) {
	folders := diskworker.Health(ctx, p.folders()...)
	diskworker.MarkUnmounted(folders, faults)
	for _, h := range folders {
		name := "folder " + h.Folder
		if !h.Present {
			e.fail(name, "connect and mount its disk, or correct folders in sidecar.toml", "%s", h.Problem)
			continue
		}
		about := h.About()
		if h.Unknown != "" {
			about = strings.TrimPrefix(about+"; its health is not known: "+h.Unknown, "; ")
		}
		switch reserve := p.cfg.Disk.ReserveMiB << 20; {
		case h.Failing:
			e.fail(name, "replace the disk; make its plots elsewhere", "the disk says that it is failing: %s", about)
		case h.Celsius > diskworker.HotCelsius:
			e.warn(name, "cool it", "too hot: %s", about)
		case h.ReadOnly:
			e.warn(name, "mount it for writing before the next `plot create`", "mounted read-only: existing plots earn all the same; %s", about)
		case h.FreeBytes < reserve/2:
			e.warn(name, "free some space, or lower disk.reserve_mib", "%s free, less than half of disk.reserve_mib; %s", diskworker.Size(h.FreeBytes), about)
		case !writable(h.Folder):
			e.warn(name, "let this user write there", "it is not writable: no plots can be made there; existing ones earn all the same")
		default:
			e.ok(name, "%s free of %s%s", diskworker.Size(h.FreeBytes), diskworker.Size(h.TotalBytes), prefixed("; ", about))
		}
	}
}

func prefixed(prefix, text string) string {
	if text == "" {
		return ""
	}
	return prefix + text
}

// writable tries to make a file.
func writable(folder string) bool {
	path := filepath.Join(folder, ".joule-doctor")
	if err := durable.CreateFile(path, nil, 0o600); err != nil {
		return false
	}
	return os.Remove(path) == nil
}

func (e *examination) diskPlots(p *plots, store *disk.Store) {
	name := "plots " + p.device.Name
	s := diskworker.Summarize(store.Plots())
	switch bad := s.Damaged + s.Missing + s.Duplicate + s.Unreadable + s.Foreign; {
	case len(s.Kinds) == 0 && len(store.Faults()) > 0:
		e.fail(name, "joule-sidecar plot list --device "+p.device.Name, "there are none in folders that can be read")
	case len(s.Kinds) == 0:
		e.fail(name, "joule-sidecar plot create --size 80%", "there are none")
	case bad > 0:
		e.warn(name, "joule-sidecar plot list --device "+p.device.Name, "%s; %d are not as they should be", s, bad)
	default:
		e.ok(name, "%s", s)
	}
}

// diskClaim compares the claim with the plots, the chain's rules and the bond. It returns the claim that holds, or else
// the next one.
func (e *examination) diskClaim(ctx context.Context, c connected, p *plots, found []disk.Plot, allowance uint64) *worktypes.DiskClaim {
	name, fix := "claim "+p.device.Name, "joule-sidecar plot claim --device "+p.device.Name
	r, err := c.client.DiskSchedule(ctx, p.signer.DeviceID())
	if err != nil {
		e.fail(name, "", "%s", err)
		return nil
	}
	if r.Device == nil {
		e.fail(name, "", "the node's answer has no device")
		return nil
	}
	claim := r.Device.Claim
	if n := len(r.Device.NextClaims); n > 0 {
		claim = &r.Device.NextClaims[n-1]
	}
	if claim == nil || claim.Plots == 0 {
		e.fail(name, fix, "no plots are claimed: nothing is paid")
		return nil
	}
	covered := allowance / max(1, proof.PlotUnits(uint8(claim.K)))
	stored := uint64(0)
	for _, q := range found {
		if diskworker.Usable(q) && q.Params == claim.PlotParams() && q.Index < uint64(claim.Plots) {
			stored++
		}
	}
	what := fmt.Sprintf("%d plots of k=%d, strength %d from epoch %d on; now is %d", claim.Plots, claim.K, claim.Strength, claim.FromEpoch, r.Schedule.Epoch)
	switch err := claim.ValidateFor(c.work.Disk); {
	case err != nil:
		e.fail(name, "make plots that meet the rules, then "+fix, "%s: %s", what, err)
	case claim.Units() > allowance:
		e.fail(name, "jouled tx device add-bond", "%s; the bond covers %d of them: evidence is refused", what, covered)
	case stored == 0:
		e.fail(name, fix, "%s; none of them is here", what)
	case stored < uint64(claim.Plots):
		e.warn(name, "joule-sidecar plot create, or "+fix, "%s; %d are here: pay is for those", what, stored)
	default:
		e.ok(name, "%s; all are here, the bond covers %d", what, covered)
	}
	return claim
}

// diskDeadline answers a made-up challenge from all plots and compares the time with a window's.
func (e *examination) diskDeadline(ctx context.Context, c connected, p *plots, store *disk.Store, claim *worktypes.DiskClaim) {
	name := "deadline " + p.device.Name
	s, err := selfTest(ctx, p, store, claim)
	if err != nil {
		e.fail(name, "joule-sidecar plot check --device "+p.device.Name, "%s", err)
		return
	}
	if s.Scan.Scanned == 0 {
		return // there are no plots, as is told already
	}
	rules := c.work.Disk
	margin := time.Duration(e.cfg.Scheduler.MarginBlocks*float64(c.blockTime)) + e.cfg.Scheduler.Margin
	usable := time.Duration(rules.WindowBlocks)*c.blockTime - margin
	// On average λ chains are solved; chains of one plot share the work.
	typical := s.Scan.Elapsed + time.Duration(rules.Lambda)*s.Solving
	worst := s.Scan.Elapsed + time.Duration(rules.MaxProofs)*s.Solving
	detail := fmt.Sprintf("%d plots in %s, a proof in %s: an answer takes %s, at most %s; a window leaves %s",
		s.Scan.Scanned, round(s.Scan.Elapsed), round(s.Solving), round(typical), round(worst), round(usable))
	switch {
	case len(s.Scan.Faults) > 0:
		e.warn(name, "joule-sidecar plot list --device "+p.device.Name, "%s; %d faults, the first: %s", detail, len(s.Scan.Faults), s.Scan.Faults[0].Err)
	case typical > usable:
		e.fail(name, "fewer plots on this disk, or merge them: `joule-sidecar plot create` groups plots", "no: %s", detail)
	case typical > e.cfg.Disk.SlowScan:
		e.warn(name, "look for what else keeps the disk busy; group the plots (disk.group)", "slow: %s; more than disk.slow_scan (%s)", detail, e.cfg.Disk.SlowScan)
	default:
		e.ok(name, "yes: %s; margin %s", detail, round(usable-typical))
	}
}

func round(d time.Duration) time.Duration { return d.Round(time.Millisecond) }

// selfTest measures an answer from the claim's plots, or else from those of the commonest kind.
func selfTest(ctx context.Context, p *plots, store *disk.Store, claim *worktypes.DiskClaim) (disk.SelfTestResult, error) {
	found := store.Plots()
	var params proof.Params
	if claim != nil {
		params = claim.PlotParams()
	} else if kinds := diskworker.Summarize(found).Kinds; len(kinds) > 0 {
		params = proof.Params{K: kinds[0].K, Strength: kinds[0].Strength}
	}
	reach := uint64(0)
	for _, q := range found {
		if diskworker.Usable(q) && q.Params == params {
			reach = max(reach, q.Index+1)
		}
	}
	if reach == 0 {
		return disk.SelfTestResult{}, nil
	}
	selector := proof.DeriveSelector(p.cfg.Chain.ID, p.signer.DeviceID())
	return store.SelfTest(ctx, disk.Request{Params: params, Selector: &selector, Plots: reach, Lambda: 1, Limit: 1})
}
