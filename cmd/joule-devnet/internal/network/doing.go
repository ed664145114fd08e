package network

import (
	"fmt"
	"slices"
	"strings"

	"github.com/joulechain/joule/sidecar/attest"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"

	"github.com/joulechain/joule/cmd/joule-devnet/internal/spec"
)

// sidecarStatus is what the table shows of /status.
type sidecarStatus struct {
	Devices []deviceStatus `json:"devices"`
	Disks   []diskStatus   `json:"disks"`
	// Attestations are the devices' hardware evidence.
	Attestations []attest.Status `json:"attestations"`
}

type deviceStatus struct {
	Name, State, Backend, Activity, Hardware string
	Window, Rounds                           uint64
	Notice                                   string
	LastError                                string `json:"last_error"`
}

type diskStatus struct {
	Device string
	Plots  struct{ Ready, Damaged uint64 }
	Scans  []struct {
		Epoch   uint64
		Proofs  int
		Seconds float64 `json:"scan_seconds"`
		Outcome string
	}
}

func (s sidecarStatus) of(name string) (deviceStatus, bool) {
	i := slices.IndexFunc(s.Devices, func(d deviceStatus) bool { return d.Name == name })
	if i < 0 {
		return deviceStatus{}, false
	}
	return s.Devices[i], true
}

// doing says what a sidecar does with a device.
func (s *sidecar) doing(d *device, epoch uint64) string {
	st, ok := s.status.of(d.name)
	if !ok {
		return "starting"
	}
	text := st.Activity
	switch {
	case d.class == spec.ClassDisk:
		text += s.plotsText(d, epoch)
	case d.class == spec.ClassRadio && st.Window > 0:
		text = fmt.Sprintf("%s of epoch %d: %d receipts", st.Activity, st.Window, st.Rounds)
	case st.Window > 0 && st.Rounds > 0:
		text = fmt.Sprintf("%s in #%d: %d rounds", st.Activity, st.Window, st.Rounds)
	}
	for _, problem := range []string{st.LastError, st.Notice} {
		if problem != "" {
			text += " (" + strings.TrimSpace(strings.SplitN(problem, "\n", 2)[0]) + ")"
		}
	}
	return text + " [" + st.Backend + "]"
}

// plotsText tells a disk's plots and its newest answer.
func (s *sidecar) plotsText(d *device, epoch uint64) string {
	i := slices.IndexFunc(s.status.Disks, func(x diskStatus) bool { return x.Device == d.name })
	if i < 0 {
		return ""
	}
	disk := s.status.Disks[i]
	text := fmt.Sprintf(": %d plots", disk.Plots.Ready+disk.Plots.Damaged)
	if epoch < d.claimFrom {
		return text + fmt.Sprintf(", its claim holds from epoch %d on", d.claimFrom)
	}
	if n := len(disk.Scans); n > 0 {
		last := disk.Scans[n-1]
		text += fmt.Sprintf(", %d proofs of epoch %d", last.Proofs, last.Epoch)
		if last.Outcome != "" {
			text += " " + last.Outcome
		}
	}
	return text
}

// backend names what computes; several if devices or sidecars differ.
func (n *network) backend() string {
	var names []string
	for _, s := range n.sidecars {
		for _, d := range s.status.Devices {
			if d.Backend != "" && !slices.Contains(names, d.Backend) {
				names = append(names, d.Backend)
			}
		}
	}
	return strings.Join(names, ",")
}

// windowText tells the windows that take evidence and how many wait.
func windowText(windows []worktypes.Window, height int64) string {
	var parts []string
	waiting, opening, disks := 0, 0, 0
	for _, w := range windows {
		switch {
		case w.WorkClass == devicetypes.WORK_CLASS_DISK:
			disks++
		case height < w.OpenHeight-1:
			parts = append(parts, fmt.Sprintf("#%d opens at %d", w.Id, w.OpenHeight))
		case height < w.CloseHeight:
			parts = append(parts, fmt.Sprintf("#%d open until %d", w.Id, w.CloseHeight))
		case height < w.DrawBHeight:
			waiting++
		default:
			opening++
		}
	}
	for _, c := range []struct {
		n    int
		text string
	}{{waiting, "waiting for their draws"}, {opening, "taking openings"}, {disks, "of disks"}} {
		if c.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", c.n, c.text))
		}
	}
	if len(parts) == 0 {
		return "none"
	}
	return strings.Join(parts, ", ")
}
