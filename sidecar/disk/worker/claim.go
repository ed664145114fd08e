package diskworker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/disk"
	"github.com/joulechain/joule/sidecar/worker"
	proof "github.com/joulechain/joule/x/work/proof/disk"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// effective is the claim that the window's evidence is judged by, or in words why evidence would be refused.
func effective(task worker.Task) (claim *worktypes.DiskClaim, reason string) {
	epoch := task.Window.Epoch
	c, ok := task.Record.ClaimFor(epoch)
	if !ok {
		for _, next := range task.Record.ClaimsAfter(epoch) {
			if next.Plots > 0 {
				return nil, fmt.Sprintf("the claim of %d plots holds from epoch %d on; this is epoch %d", next.Plots, next.FromEpoch, epoch)
			}
		}
		return nil, "no plots are claimed on chain: `joule-sidecar plot claim`; a claim holds from the epoch after the next one on"
	}
	if err := c.ValidateFor(*task.Window.Disk); err != nil {
		return &c, fmt.Sprintf("the claim no longer meets the chain's rules (%s): make plots that do, then `joule-sidecar plot claim`", err)
	}
	if units := c.Units(); units > task.MaxUnits {
		return &c, fmt.Sprintf("%d plots of k=%d are claimed and the bond covers %d: `jouled tx device add-bond`, or claim fewer with `joule-sidecar plot claim`",
			c.Plots, c.K, task.MaxUnits/proof.PlotUnits(uint8(c.K)))
	}
	return &c, ""
}

// holding is how many plots of a claim are here.
type holding struct {
	// usable count; beyond have a number that the claim does not cover; others have another k or strength.
	usable, beyond, others uint64
	// unusable are damaged files and the like; those that are merely damaged are among the usable too.
	missing, unusable uint64
	other             proof.Params
}

func match(plots []disk.Plot, claim worktypes.DiskClaim) (h holding) {
	params := claim.PlotParams()
	for _, p := range plots {
		switch {
		case p.Status == disk.Missing:
			h.missing++
		case p.Status != disk.Ready && p.Status != disk.Damaged:
			h.unusable++
		case p.Params != params:
			h.others++
			h.other = p.Params
		case p.Index >= uint64(claim.Plots):
			h.beyond++
		default:
			h.usable++
		}
	}
	return h
}

// notices tell what keeps the claim and the files from fitting.
func (h holding) notices(claim worktypes.DiskClaim) []string {
	var out []string
	if h.usable < uint64(claim.Plots) {
		out = append(out, h.notice(claim))
	}
	if h.beyond > 0 {
		out = append(out, fmt.Sprintf("%d plots beyond the claim of %d earn nothing: `joule-sidecar plot claim` claims what is stored", h.beyond, claim.Plots))
	}
	return out
}

// notice says in words that fewer plots are here than claimed, and what to do.
func (h holding) notice(claim worktypes.DiskClaim) string {
	text := fmt.Sprintf("%d of the %d claimed plots (k=%d, strength %d) are here", h.usable, claim.Plots, claim.K, claim.Strength)
	var why []string
	if h.missing > 0 {
		why = append(why, fmt.Sprintf("%d have vanished with their disk or file", h.missing))
	}
	if h.others > 0 {
		why = append(why, fmt.Sprintf("%d are of k=%d, strength %d", h.others, h.other.K, h.other.Strength))
	}
	if h.unusable > 0 {
		why = append(why, fmt.Sprintf("%d files are not usable", h.unusable))
	}
	if len(why) > 0 {
		text += " (" + strings.Join(why, ", ") + ")"
	}
	return text + ": pay is for what is here; `joule-sidecar plot list` shows it, `plot create` makes more, `plot claim` claims what is stored"
}

// scanNotices tell what kept an answer from being whole and quick.
func scanNotices(r disk.ProveResult, have holding, slow time.Duration) []string {
	var out []string
	var late, broken []disk.Fault
	for _, f := range r.Scan.Faults {
		if errors.Is(f.Err, context.DeadlineExceeded) || errors.Is(f.Err, clock.ErrDeadline) {
			late = append(late, f)
		} else {
			broken = append(broken, f)
		}
	}
	if len(broken) > 0 {
		out = append(out, fmt.Sprintf("%d plots could not be read: %s", faulty(broken), faultText(broken)))
	}
	if len(late) > 0 {
		out = append(out, fmt.Sprintf("the window's time was over after %d of %d plots: `joule-sidecar doctor` measures this disk", r.Scan.Scanned, have.usable))
	}
	if n := len(r.Unsolved); n > 0 {
		out = append(out, fmt.Sprintf("winning chains of %d plots could not be solved: %s", faulty(r.Unsolved), faultText(r.Unsolved)))
	}
	if took := r.Scan.Elapsed + r.Solving; slow > 0 && took > slow {
		out = append(out, fmt.Sprintf("answering took %s, more than disk.slow_scan (%s): slow disks miss windows first", took.Round(time.Millisecond), slow))
	}
	return out
}

// faulty counts the plots that faults kept out of an answer, each once.
func faulty(faults []disk.Fault) int {
	var plots []uint64
	for _, f := range faults {
		plots = append(plots, f.Plots...)
	}
	slices.Sort(plots)
	return max(len(slices.Compact(plots)), min(1, len(faults)))
}

// faultText names the first fault and how many more there are.
func faultText(faults []disk.Fault) string {
	f := faults[0]
	text := f.Err.Error()
	if f.File != "" && !strings.Contains(text, f.File) {
		text = f.File + ": " + text
	} else if f.File == "" && f.Folder != "" && !strings.Contains(text, f.Folder) {
		text = f.Folder + ": " + text
	}
	if len(faults) > 1 {
		text += fmt.Sprintf(" (and %d more)", len(faults)-1)
	}
	return text
}
