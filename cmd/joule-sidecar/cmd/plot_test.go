package cmd_test

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/chain/chaintest"
	"github.com/joulechain/joule/sidecar/disk"
	"github.com/joulechain/joule/sidecar/keys"
	devicetypes "github.com/joulechain/joule/x/device/types"
	proof "github.com/joulechain/joule/x/work/proof/disk"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// setupDisk is setup with a disk device only.
func setupDisk(t *testing.T, extra ...string) (string, *chaintest.Chain, initOutput) {
	t.Helper()
	return setup(t, append([]string{"--device", "", "--disk", "disk0", "--disk.reserve-mib", "1", "--disk.look-every", "1s"}, extra...)...)
}

func id(t *testing.T, text string) []byte {
	t.Helper()
	out, err := devicetypes.ParseDeviceID(text)
	require.NoError(t, err)
	return out
}

// From a folder and a size to pay, by the commands that the guide names.
func TestFromPlotsToPay(t *testing.T) {
	home, c, made := setupDisk(t)
	c.VerifyProofs()
	c.With(func(p *worktypes.Params, _ *devicetypes.Params) { p.Disk.WindowBlocks = 60 })
	require.Equal(t, "disk0", made.Devices[0].Name)
	with := func(args ...string) []string { return append(args, "--home", home) }
	device := id(t, made.Devices[0].DeviceID)

	out, err := run(t, context.Background(), with("doctor")...)
	require.Error(t, err)
	require.Contains(t, out, "there are none")
	require.Contains(t, must(t, with("register", "--bond", "1000ujoule")...), "registered jouledev1")

	plan := must(t, with("plot", "create", "--plots", "4", "--dry-run")...)
	require.Contains(t, plan, "0 plots are there, 4 of k=18, strength 2 are to be made")
	require.Contains(t, must(t, with("plot", "create", "--plots", "4")...), "4 plots made")
	require.Contains(t, must(t, with("plot", "create", "--size", "2600KiB")...), "0 plots made", "three plots' size: four are there already")
	require.Contains(t, must(t, with("plot", "list")...), "4 plots of k=18, strength 2")
	var listed struct {
		Plots []struct {
			Number uint64 `json:"number"`
			Status string `json:"status"`
		} `json:"plots"`
	}
	parse(t, must(t, with("plot", "list", "--output", "json")...), &listed)
	require.Len(t, listed.Plots, 4)
	require.Contains(t, must(t, with("plot", "check", "0-1", "3")...), "3 plots are whole")
	require.Contains(t, must(t, with("plot", "scrub", "--for", "200ms")...), "0 files found bad")

	require.Contains(t, must(t, with("plot", "claim", "--dry-run")...), "would claim 4 plots of k=18, strength 2 (2.5 MiB, 40 units an epoch on average)")
	require.Contains(t, must(t, with("plot", "claim")...), "claims 4 plots of k=18, strength 2")
	out, err = run(t, context.Background(), with("doctor", "--bench", "1s")...)
	require.NoError(t, err, out)
	require.Contains(t, out, "all are here, the bond covers 100")
	require.Contains(t, out, "yes: 4 plots in ")

	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { _, err := run(t, ctx, with("start")...); done <- err }()
	require.Eventually(t, func() bool { return ready(t, home) }, 20*time.Second, 50*time.Millisecond)
	require.Eventually(t, func() bool { _, ok := c.Work(device).ClaimFor(c.Epoch()); return ok }, 30*time.Second, 50*time.Millisecond)
	// At λ = 4 an epoch in fifty has no proof.
	var windows []uint64 // on a loaded machine a proof comes after the next window has opened
	require.Eventually(t, func() bool {
		windows = append(windows, c.OpenDisk(device))
		time.Sleep(500 * time.Millisecond)
		return slices.ContainsFunc(windows, func(w uint64) bool { return c.Proven(device, w) })
	}, time.Minute, 100*time.Millisecond)

	require.Eventually(t, func() bool {
		out, _ := run(t, context.Background(), with("status")...)
		return strings.Contains(out, "accepted\n") && strings.Contains(out, "DISK disk0: 4 plots") && strings.Contains(out, "CLAIM of disk0, epoch")
	}, 20*time.Second, 200*time.Millisecond)
	var status struct {
		Chain []struct {
			Disk struct {
				Claim     worktypes.DiskClaim `json:"claim"`
				BondPlots uint64              `json:"bond_plots"`
				Open      int64               `json:"open_height"`
			} `json:"disk"`
		} `json:"chain"`
	}
	text, _ := run(t, context.Background(), with("status", "--output", "json")...)
	parse(t, text, &status)
	require.EqualValues(t, 4, status.Chain[0].Disk.Claim.Plots)
	require.EqualValues(t, 100, status.Chain[0].Disk.BondPlots)
	require.Positive(t, status.Chain[0].Disk.Open)
	require.Contains(t, must(t, with("export")...), ",disk\n")
	require.Contains(t, must(t, with("claim")...), "received 0.000077 JOULE")
	stop()
	require.NoError(t, <-done)

	_, err = run(t, context.Background(), with("plot", "remove", "1", "--yes")...)
	require.ErrorContains(t, err, "name all of them or none", "the four were grouped to one file")
	require.Contains(t, must(t, with("plot", "claim", "--plots", "5")...), "5 plots are claimed and 4 are here")
	require.Contains(t, must(t, with("plot", "claim", "--end")...), "claims no plots any more")
	require.Contains(t, must(t, with("plot", "remove", "--all", "--yes")...), "4 plots deleted")
}

// ready tells whether the running sidecar of a home can earn.
func ready(t *testing.T, home string) bool {
	t.Helper()
	out, _ := run(t, context.Background(), "status", "--home", home, "--output", "json")
	var s struct {
		Sidecar struct {
			Ready bool `json:"ready"`
		} `json:"sidecar"`
	}
	return json.Unmarshal([]byte(out), &s) == nil && s.Sidecar.Ready
}

func TestBadPlotInput(t *testing.T) {
	home, c, made := setupDisk(t)
	gpuOnly, _, _ := setup(t)
	two, _, _ := setup(t, "--disk", "a,b")
	folder := filepath.Join(home, "plots", "disk0")
	require.DirExists(t, folder, "init makes folders in the home")
	stranger := filepath.Join(t.TempDir(), "stranger.json")
	s, err := keys.NewAccount(stranger, nil)
	require.NoError(t, err)
	c.AddAccount(s.Address())
	must(t, "register", "--home", home, "--bond", "1000ujoule")
	makePlots(t, folder, made.Devices[0].DeviceID, 4)
	for name, x := range map[string]struct {
		home string
		args []string
		says string
	}{
		"no disk device":        {gpuOnly, []string{"plot", "list"}, "keys add NAME --class disk"},
		"a gpu has no plots":    {two, []string{"plot", "list", "--device", "gpu0"}, `device "gpu0" is of class gpu and has no plots`},
		"which one":             {two, []string{"plot", "list"}, "--device a|b"},
		"unknown device":        {home, []string{"plot", "list", "--device", "d9"}, `no [[device]] of class disk is called "d9"`},
		"unknown subcommand":    {home, []string{"plot", "mine"}, "unknown command"},
		"how many":              {home, []string{"plot", "create"}, "--plots, or how much space with --size"},
		"both":                  {home, []string{"plot", "create", "--plots", "3", "--size", "3GiB"}, "keep one"},
		"size without a unit":   {home, []string{"plot", "create", "--size", "500"}, "must be like 500GiB, 2TB or 80%"},
		"size of nothing":       {home, []string{"plot", "create", "--size", "0%"}, "more than 0%"},
		"more than the disk":    {home, []string{"plot", "create", "--size", "120%"}, "at most 100%"},
		"less than a plot":      {home, []string{"plot", "create", "--size", "100KiB"}, "one plot of k=18 takes up to"},
		"another folder":        {home, []string{"plot", "create", "--plots", "1", "--folder", t.TempDir()}, "plots there would earn nothing. Add it to folders in sidecar.toml"},
		"odd k":                 {home, []string{"plot", "create", "--plots", "1", "--k", "19", "--strength", "2"}, "must be even"},
		"k below the chain's":   {home, []string{"plot", "create", "--plots", "1", "--k", "16"}, "k 16"},
		"strength below":        {home, []string{"plot", "create", "--plots", "1", "--k", "18", "--strength", "1"}, "strength 1"},
		"strength too high":     {home, []string{"plot", "create", "--plots", "1", "--strength", "9"}, "strength 9"},
		"too little memory":     {home, []string{"plot", "create", "--plots", "9", "--memory", "1"}, "give more with --memory"},
		"too many plots":        {home, []string{"plot", "create", "--plots", "99999999999"}, "plots"},
		"disk too small":        {home, []string{"plot", "create", "--plots", "9", "--disk.reserve-mib", "1073741824"}, "free some space, ask for fewer plots"},
		"no such plot":          {home, []string{"plot", "check", "77"}, "no such plot: 77"},
		"no number":             {home, []string{"plot", "check", "many"}, `"many" is no plot's number`},
		"backwards":             {home, []string{"plot", "check", "3-1"}, "is no plot's number"},
		"remove what":           {home, []string{"plot", "remove"}, "say --all"},
		"remove both":           {home, []string{"plot", "remove", "1", "--all"}, "say --all"},
		"remove without asking": {home, []string{"plot", "remove", "1"}, "say --yes"},
		"remove a strange file": {home, []string{"plot", "remove", "--file", stranger, "--yes"}, "no plot file of these folders"},
		"remove file and all":   {home, []string{"plot", "remove", "--file", stranger, "--all"}, "neither numbers nor --all"},
		"claim too many":        {home, []string{"plot", "claim", "--plots", "101"}, "the bond of 1000ujoule covers 100 plots of k=18 and the claim is of 101, which need 1010ujoule"},
		"claim too few":         {home, []string{"plot", "claim", "--plots", "3"}, "plots is 3; want 4 to 1000"},
		"claim another kind":    {home, []string{"plot", "claim", "--k", "20"}, "no plots of k=20, strength 2 are here"},
		"not the owner":         {home, []string{"plot", "claim", "--from-key-file", stranger}, "sign with the owner's key"},
		"end and plots":         {home, []string{"plot", "claim", "--end", "--plots", "4"}, "keep one"},
		"scrub for no time":     {home, []string{"plot", "scrub", "--for", "0s"}, "must be more than 0"},
		"too many challenges":   {home, []string{"plot", "check", "--challenges", "99999"}, "0..10000"},
		"bench plots":           {home, []string{"bench", "--plots", "9999"}, "0..1024"},
		"add without a folder":  {gpuOnly, []string{"keys", "add", "d", "--class", "disk"}, "set disk.folders"},
		"add with a card":       {gpuOnly, []string{"keys", "add", "d", "--class", "disk", "--index", "1", "--folders", "x"}, "belong to GPUs"},
		"add a class":           {gpuOnly, []string{"keys", "add", "d", "--class", "sonar"}, "gpu, disk, radio"},
		"init nothing":          {filepath.Join(t.TempDir(), "new"), []string{"init", "--device", ""}, "--device, --disk or --radio"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := run(t, context.Background(), append(x.args, "--home", x.home)...)
			require.ErrorContains(t, err, x.says)
		})
	}

	c.With(func(p *worktypes.Params, _ *devicetypes.Params) { p.Disk.MinK, p.Disk.MinStrength = 20, 3 })
	for says, args := range map[string][]string{
		"k is 18 and the chain takes at least 20":       {"plot", "create", "--plots", "1", "--k", "18"},
		"strength is 2 and the chain takes at least 3":  {"plot", "create", "--plots", "1", "--strength", "2"},
		"no plots of k=20, strength 3 are here":         {"plot", "claim"},
		"strength is 2 and the chain takes at least 3 ": {"plot", "claim", "--k", "20", "--strength", "2"},
	} {
		_, err := run(t, context.Background(), append(args, "--home", home)...)
		require.ErrorContains(t, err, strings.TrimSpace(says))
	}
	_, err = run(t, context.Background(), "plot", "create", "--plots", "1", "--home", home, "--chain.endpoints", "127.0.0.1:1")
	require.ErrorContains(t, err, "name --k and --strength, or make a node answer")
	require.NoError(t, os.RemoveAll(folder))
	_, err = run(t, context.Background(), "plot", "create", "--plots", "1", "--home", home)
	require.ErrorContains(t, err, "make the folder, mount its disk")
}

// makePlots makes plots of a device without the command.
func makePlots(t *testing.T, folder, device string, n uint64) {
	t.Helper()
	_, err := disk.CreatePlots(context.Background(), disk.CreateOptions{
		Owner: disk.Owner{ChainID: chaintest.ChainID, DeviceID: id(t, device)}, Params: proof.Params{K: 18, Strength: 2}, Folder: folder, Plots: n, Group: 1, Reserve: 1,
	})
	require.NoError(t, err)
}

// Files that earn nothing are told, each with what it is; plots beside them are used.
func TestFilesThatEarnNothing(t *testing.T) {
	dir := t.TempDir()
	first, second := filepath.Join(dir, "a"), filepath.Join(dir, "b")
	require.NoError(t, os.Mkdir(first, 0o700))
	require.NoError(t, os.Mkdir(second, 0o700))
	home, _, made := setupDisk(t, "--disk.folders", first+","+second)
	makePlots(t, first, made.Devices[0].DeviceID, 4)
	files, err := filepath.Glob(filepath.Join(first, "*.plot"))
	require.NoError(t, err)
	require.NoError(t, os.Truncate(files[0], 5000))
	data, err := os.ReadFile(files[1])
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(second, filepath.Base(files[2])), must2(os.ReadFile(files[2])), 0o600))
	data[len(data)/2] ^= 4
	require.NoError(t, os.WriteFile(files[1], data, 0o600))
	foreign := filepath.Join(dir, "foreign")
	require.NoError(t, os.Mkdir(foreign, 0o700))
	makePlots(t, foreign, devicetypes.FormatDeviceID(make([]byte, 20)), 1)
	strange, err := filepath.Glob(filepath.Join(foreign, "*.plot"))
	require.NoError(t, err)
	require.NoError(t, os.Rename(strange[0], filepath.Join(second, filepath.Base(strange[0]))))

	out, err := run(t, context.Background(), "plot", "list", "--home", home)
	require.Error(t, err)
	for _, status := range []string{"unreadable", "duplicate", "foreign", "3 plots of k=18"} {
		require.Contains(t, out, status)
	}
	out, err = run(t, context.Background(), "plot", "check", "--home", home)
	require.Error(t, err, "a flipped byte")
	require.Contains(t, out, files[1])
	require.Contains(t, out, "2 plots are whole, 1 are not")
	_, err = run(t, context.Background(), "plot", "create", "--plots", "9", "--home", home)
	require.ErrorContains(t, err, fmt.Sprintf("choose one with --folder %s|%s", first, second))

	require.Contains(t, must(t, "plot", "remove", "--file", filepath.Join(second, filepath.Base(files[2])), "--yes", "--home", home), "deleted")
	require.Contains(t, must(t, "plot", "remove", "--file", files[0], "--yes", "--home", home), "deleted")
	require.FileExists(t, filepath.Join(second, filepath.Base(strange[0])), "another device's plot stays")

	// Moving disks: the plots are copied, and then removed from the old folder alone.
	moved := filepath.Join(second, filepath.Base(files[2]))
	require.NoError(t, os.WriteFile(moved, must2(os.ReadFile(files[2])), 0o600))
	require.Contains(t, must(t, "plot", "remove", "--all", "--folder", first, "--yes", "--home", home), "plots deleted")
	require.NoFileExists(t, files[2])
	require.FileExists(t, moved, "the copy in the other folder is the plot now")
	_, err = run(t, context.Background(), "plot", "remove", "0-9", "--k", "20", "--yes", "--home", home)
	require.ErrorContains(t, err, "no such plot")
}

func must2[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// A disk that is not mounted leaves an empty folder: every command that looks at plots says so, and none is made there.
func TestPlotDiskThatIsNotMounted(t *testing.T) {
	home, _, made := setupDisk(t)
	folder := filepath.Join(home, "plots", "disk0")
	require.DirExists(t, folder)
	record := filepath.Join(home, "spool", "mounts-"+made.Devices[0].Name+".json")
	require.NoError(t, os.MkdirAll(filepath.Dir(record), 0o700))
	text := fmt.Sprintf(`{"version": 1, "folders": {%q: %q}}`, folder, filepath.Join(home, "nothing"))
	require.NoError(t, os.WriteFile(record, []byte(text), 0o600))
	for _, args := range [][]string{{"doctor"}, {"plot", "list"}, {"plot", "create", "--plots", "1", "--dry-run"}, {"plot", "create", "--plots", "1"}} {
		out, err := run(t, context.Background(), append(args, "--home", home)...)
		require.Error(t, err, args)
		require.Contains(t, out+err.Error(), "which is not mounted now: mount the disk", args)
		require.NotContains(t, out+err.Error(), "plot create --size", args)
	}
	left, err := os.ReadDir(folder)
	require.NoError(t, err)
	require.Empty(t, left)
	require.Contains(t, must(t, "plot", "create", "--plots", "1", "--unmounted", "--home", home), "1 plots made")
	require.Contains(t, must(t, "plot", "list", "--home", home), "1 plots of k=18")
}

func TestBenchOfADisk(t *testing.T) {
	home, _, made := setupDisk(t)
	folder := filepath.Join(home, "plots", "disk0")
	makePlots(t, folder, made.Devices[0].DeviceID, 2)
	var out []struct {
		Class    string  `json:"class"`
		Plots    int     `json:"plots"`
		Scan     float64 `json:"scan_seconds"`
		PerTB    float64 `json:"scan_seconds_per_tb"`
		Plotting float64 `json:"plotting_seconds_per_gib"`
	}
	parse(t, must(t, "bench", "--home", home, "--plots", "1", "--output", "json"), &out)
	require.Len(t, out, 1)
	require.Equal(t, "disk", out[0].Class)
	require.Equal(t, 2, out[0].Plots)
	require.Positive(t, out[0].Scan)
	require.Positive(t, out[0].PerTB)
	require.Positive(t, out[0].Plotting)
	require.Contains(t, must(t, "bench", "--home", home, "--plots", "0"), "disk0")
	left, err := filepath.Glob(filepath.Join(folder, ".joule-bench-*"))
	require.NoError(t, err)
	require.Empty(t, left)
}

func TestInitWithAGPUAndADisk(t *testing.T) {
	_, _, made := setup(t, "--disk", "disk0,disk1")
	var names []string
	for _, d := range made.Devices {
		names = append(names, d.Name)
	}
	require.Equal(t, []string{"gpu0", "disk0", "disk1"}, names)
}
