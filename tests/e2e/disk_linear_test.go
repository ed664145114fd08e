//go:build e2e

package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// linearEpochs turns TestDiskIsPaidForWhatItStores on: the epochs that each of its two halves watches.
const linearEpochs = "JOULE_E2E_DISK_EPOCHS"

// Units follow the plots that are on the disk, over many epochs of a real chain: all of them, then half of them deleted
// under a claim that stays.
func TestDiskIsPaidForWhatItStores(t *testing.T) {
	epochs, err := strconv.Atoi(os.Getenv(linearEpochs))
	if err != nil || epochs < 100 {
		t.Skipf("takes minutes: set %s to the epochs of each half, at least 100 (which take 20 minutes)", linearEpochs)
	}
	d := start(t, "--validators", "1", "--json", "--block-time", "250ms", "--config", diskOnly(t))
	n := d.network(3 * time.Minute)
	rest := n.Nodes[0].REST
	limit := time.Duration(epochs+10) * 30 * time.Second

	const stored = 16 * 10 // units of 64 KiB: 16 plots of k = 18
	all := d.meanDiskUnits(rest, 0, epochs, limit)
	t.Logf("16 plots: %.1f units an epoch over %d epochs, %.2f of what is stored", all.mean, epochs, all.mean/stored)

	files := plotFiles(t, n.Home) // in lexical order
	require.Len(t, files, 4, "four files of four plots")
	for _, f := range files[:2] {
		require.NoError(t, os.Remove(f))
	}
	half := d.meanDiskUnits(rest, all.last+3, epochs, limit)
	t.Logf("8 plots under the same claim: %.1f units an epoch over %d epochs, %.2f of the former", half.mean, epochs, half.mean/all.mean)

	// Chains come in clusters: one epoch's pay of 16 plots of k = 18 spreads by 55 %, of 8 by 77 %, so over 100 epochs
	// the bounds are three deviations.
	require.InDelta(t, 1, all.mean/stored, 0.25)
	require.InDelta(t, 0.5, half.mean/all.mean, 0.15)
}

// diskOnly writes the description with a disk as its only device.
func diskOnly(t *testing.T) string {
	t.Helper()
	return described(t, map[string]string{`  - class: gpu\n`: "", `  - class: radio.*\n`: ""})
}

// described writes the repository's description with changes, by regular expression.
func described(t *testing.T, changes map[string]string) string {
	t.Helper()
	text, err := os.ReadFile("../../config.yml")
	require.NoError(t, err)
	for from, to := range changes {
		re := regexp.MustCompile(from)
		require.Regexp(t, re, string(text))
		text = re.ReplaceAll(text, []byte(to))
	}
	out := filepath.Join(t.TempDir(), "config.yml")
	require.NoError(t, os.WriteFile(out, text, 0o600))
	return out
}

func plotFiles(t *testing.T, home string) []string {
	t.Helper()
	var out []string
	require.NoError(t, filepath.WalkDir(home, func(path string, _ os.DirEntry, err error) error {
		if err == nil && strings.HasSuffix(path, ".plot") {
			out = append(out, path)
		}
		return err
	}))
	return out
}

type diskUnits struct {
	mean float64
	last uint64
}

// meanDiskUnits averages the class's units over so many epochs in a row, from the first paid one that is not before
// first on.
func (d *devnet) meanDiskUnits(rest string, first uint64, epochs int, limit time.Duration) diskUnits {
	d.t.Helper()
	seen := map[uint64]float64{}
	var begin uint64
	d.eventually(limit, "disk tallies", func() error {
		var now struct{ Epoch struct{ Number string } }
		if err := get(rest+"/joule/beacon/v1/epoch", &now); err != nil {
			return err
		}
		current, err := strconv.ParseUint(now.Epoch.Number, 10, 64)
		if err != nil {
			return err
		}
		var r struct {
			Tallies []struct {
				Epoch string
				Units string
			}
		}
		if err := get(rest+"/joule/work/v1/tallies/WORK_CLASS_DISK?pagination.reverse=true&pagination.limit=50", &r); err != nil {
			return err
		}
		for _, tally := range r.Tallies {
			epoch, err := strconv.ParseUint(tally.Epoch, 10, 64)
			if err != nil {
				return err
			}
			units, err := strconv.ParseFloat(tally.Units, 64)
			if err != nil {
				return err
			}
			if epoch >= first && epoch < current {
				seen[epoch] = units
				if begin == 0 || epoch < begin {
					begin = epoch
				}
			}
		}
		if begin == 0 || current < begin+uint64(epochs) {
			return fmt.Errorf("epoch %d, counting since %d", current, begin)
		}
		return nil
	})
	out := diskUnits{last: begin + uint64(epochs) - 1}
	for e := begin; e <= out.last; e++ {
		out.mean += seen[e] / float64(epochs)
	}
	return out
}
