package cmd_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/cmd/joule-sidecar/cmd"
	"github.com/joulechain/joule/sidecar/chain/chaintest"
	"github.com/joulechain/joule/sidecar/keys"
	devicetypes "github.com/joulechain/joule/x/device/types"
)

const blockTime = 150 * time.Millisecond

// run runs one command and returns its standard output.
func run(t *testing.T, ctx context.Context, args ...string) (string, error) {
	t.Helper()
	root := cmd.Root()
	var out bytes.Buffer
	root.SetOut(&out)
	root.SetErr(&bytes.Buffer{})
	root.SetArgs(args)
	err := root.ExecuteContext(ctx)
	return out.String(), err
}

func must(t *testing.T, args ...string) string {
	t.Helper()
	out, err := run(t, context.Background(), args...)
	require.NoError(t, err, out)
	return out
}

type initOutput struct {
	Relayer string `json:"relayer"`
	Devices []struct {
		Name     string `json:"name"`
		DeviceID string `json:"device_id"`
		KeyFile  string `json:"key_file"`
	} `json:"devices"`
}

func parse(t *testing.T, text string, into any) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(text), into), text)
}

// setup makes a home and a chain that blocks are made on.
func setup(t *testing.T, extra ...string) (string, *chaintest.Chain, initOutput) {
	t.Helper()
	c := chaintest.New()
	node := c.Serve(t)
	t.Cleanup(c.Pace(blockTime))
	ln, err := net.Listen("tcp", "127.0.0.1:0") // a free port for the health server
	require.NoError(t, err)
	require.NoError(t, ln.Close())
	home := filepath.Join(t.TempDir(), "home")
	args := append([]string{
		"init", "--home", home, "--output", "json", "--chain.chain-id", chaintest.ChainID, "--chain.endpoints", node.Address, "--chain.poll-interval", "50ms",
		"--gpu.backend", "cpu", "--gpu.threads", "1", "--server.address", ln.Addr().String(), "--spool.min-free-mib", "16", "--scheduler.margin", "20ms",
	}, extra...)
	var out initOutput
	parse(t, must(t, args...), &out)
	c.AddAccount(out.Relayer)
	return home, c, out
}

// A device that cannot be shown hides no other.
func TestStatusShowsTheDevicesThatItCan(t *testing.T) {
	home, _, made := setup(t, "--disk", "a,b")
	require.Len(t, made.Devices, 3)
	must(t, "register", "--home", home, "--device", made.Devices[2].Name)
	out, err := run(t, context.Background(), "status", "--home", home, "--output", "json")
	require.Error(t, err)
	var status struct {
		Chain []struct {
			Name string `json:"name"`
		} `json:"chain"`
		Errors []string `json:"errors"`
	}
	parse(t, out, &status)
	require.Len(t, status.Chain, 1)
	require.Equal(t, made.Devices[2].Name, status.Chain[0].Name)
	require.Len(t, status.Errors, 3, "no sidecar runs, and two devices are not registered")
	require.Contains(t, status.Errors[1], "device "+made.Devices[0].Name+": ")
	require.Contains(t, status.Errors[2], "device "+made.Devices[1].Name+": ")
}

// From nothing to pay, by the commands that the guide names.
func TestFromInitToClaim(t *testing.T) {
	home, c, made := setup(t)
	require.Len(t, made.Devices, 1)
	h := []string{"--home", home}
	with := func(args ...string) []string { return append(args, h...) }

	listed := must(t, with("keys", "list")...)
	require.Contains(t, listed, made.Relayer)
	require.Contains(t, listed, made.Devices[0].DeviceID)
	require.Contains(t, must(t, with("config", "check")...), "submitter.max_batch")

	out, err := run(t, context.Background(), with("doctor", "--bench", "0")...)
	require.Error(t, err, "an unregistered device is no clean bill of health")
	require.Contains(t, out, "not registered")

	registered := must(t, with("register", "--bond", "500000ujoule")...)
	require.Contains(t, registered, made.Devices[0].DeviceID)
	_, err = run(t, context.Background(), with("register")...)
	require.ErrorContains(t, err, "is registered already")

	out, err = run(t, context.Background(), with("doctor", "--bench", "200ms")...)
	require.NoError(t, err, out)
	require.Contains(t, out, "yes: ")
	require.Contains(t, out, "backend gpu0")

	_, err = run(t, context.Background(), with("status")...)
	require.Error(t, err, "not running")

	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { _, err := run(t, ctx, with("start")...); done <- err }()
	id, err := devicetypes.ParseDeviceID(made.Devices[0].DeviceID)
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := run(t, context.Background(), with("status")...)
		return err == nil
	}, 20*time.Second, 50*time.Millisecond, "the sidecar gets ready")
	c.SetWindowBlocks(40) // six seconds: a loaded machine needs them for one round
	window := c.Open()
	require.Eventually(t, func() bool { return c.Opened(id, window) }, 60*time.Second, 50*time.Millisecond)

	var status struct {
		Running bool `json:"running"`
		Sidecar struct {
			Devices []struct{ Backend, State string }
		} `json:"sidecar"`
		Chain []struct{ State string } `json:"chain"`
	}
	parse(t, must(t, with("status", "--output", "json")...), &status)
	require.True(t, status.Running)
	require.Equal(t, "cpu", status.Sidecar.Devices[0].Backend)
	require.Equal(t, "active", status.Chain[0].State)
	require.Contains(t, must(t, with("status")...), "ready: true")

	var rows [][]string
	require.Eventually(t, func() bool { // the ledger follows the chain by a block; the running process is asked
		rows, err = csv.NewReader(strings.NewReader(must(t, with("export")...))).ReadAll()
		return err == nil && len(rows) == 2
	}, 20*time.Second, 100*time.Millisecond)
	require.Equal(t, made.Devices[0].DeviceID, rows[1][1])
	require.Equal(t, "frozen", rows[1][8])
	require.NotEmpty(t, rows[1][7])

	require.Contains(t, must(t, with("claim", "--dry-run")...), "could claim 0.000077 JOULE")
	require.Contains(t, must(t, with("claim")...), "received 0.000077 JOULE from 1 devices")

	stop()
	require.NoError(t, <-done, "an interrupt is a normal end")
	offline, err := csv.NewReader(strings.NewReader(must(t, with("export")...))).ReadAll()
	require.NoError(t, err)
	require.Equal(t, rows, offline, "the spool gives the same as the running process")
}

func TestFleetAndSponsoredRegistration(t *testing.T) {
	home, c, made := setup(t, "--device", "a,b,c", "--type", "secp256r1")
	require.Len(t, made.Devices, 3)
	dir := t.TempDir()
	sponsorFile := filepath.Join(dir, "sponsor.json")
	sponsor, err := keys.NewAccount(sponsorFile, nil)
	require.NoError(t, err)
	c.AddAccount(sponsor.Address())
	owner, err := keys.NewAccount(filepath.Join(dir, "owner.json"), nil)
	require.NoError(t, err)

	file := filepath.Join(dir, "rig.json")
	must(t, "register", "--home", home, "--owner", owner.Address(), "--bond-payer", sponsor.Address(), "--print", file)
	_, err = run(t, context.Background(), "register", "--home", home, "--file", file)
	require.ErrorContains(t, err, "pays: transaction refused", "the relayer is neither owner nor sponsor")
	out := must(t, "register", "--home", home, "--file", file, "--sponsor", "--from-key-file", sponsorFile)
	for _, d := range made.Devices {
		require.Contains(t, out, d.DeviceID)
	}
}

func TestKeysAdd(t *testing.T) {
	home, _, _ := setup(t)
	out := must(t, "keys", "add", "second", "--home", home, "--gpu.backend", "cpu")
	require.Contains(t, out, "jouledev1")
	require.Contains(t, must(t, "keys", "list", "--home", home), "second")
	_, err := run(t, context.Background(), "keys", "add", "second", "--home", home)
	require.ErrorContains(t, err, "two devices are called")
	_, err = run(t, context.Background(), "keys", "add", "b@d", "--home", home)
	require.ErrorContains(t, err, "letters, digits")
}

func TestEncryptedInit(t *testing.T) {
	t.Setenv(keys.PassphraseEnv, "correct horse")
	home, _, made := setup(t, "--encrypt")
	data, err := os.ReadFile(made.Devices[0].KeyFile)
	require.NoError(t, err)
	require.NotContains(t, string(data), `"secret"`)
	must(t, "keys", "list", "--home", home)
	t.Setenv(keys.PassphraseEnv, "wrong")
	_, err = run(t, context.Background(), "keys", "list", "--home", home)
	require.ErrorIs(t, err, keys.ErrWrongPassphrase)
}

func TestBadInput(t *testing.T) {
	home, _, _ := setup(t)
	for name, c := range map[string]struct {
		args []string
		says string
	}{
		"init twice":           {[]string{"init"}, "init never overwrites"},
		"unknown command":      {[]string{"mine"}, "unknown command"},
		"unknown subcommand":   {[]string{"keys", "steal"}, "unknown command"},
		"unknown flag":         {[]string{"start", "--chain.endpoint", "x"}, "unknown flag"},
		"bad output":           {[]string{"version", "--output", "yaml"}, "must be text or json"},
		"bond denomination":    {[]string{"register", "--bond", "5uatom"}, "must be in ujoule"},
		"bond too small":       {[]string{"register", "--bond", "5ujoule"}, "must be at least 1000ujoule"},
		"bond not an amount":   {[]string{"register", "--bond", "lots"}, "5000000ujoule"},
		"owner of another net": {[]string{"register", "--owner", "cosmos1qypqxpq9qcrsszg2pvxq6rs0zqg3yyc5lzv7xu"}, "must begin with \"joule\""},
		"unknown device":       {[]string{"register", "--device", "gpu9"}, `no [[device]] is called "gpu9"`},
		"expiry":               {[]string{"register", "--expiry-blocks", "99999"}, "must be in 1..1000"},
		"print without owner":  {[]string{"register", "--print", "-"}, "--print needs --owner"},
		"two signers":          {[]string{"claim", "--from", "a", "--from-key-file", "b"}, "keep one"},
		"keyring without dir":  {[]string{"claim", "--from", "a"}, "--keyring-dir"},
		"registration file":    {[]string{"register", "--file", os.Args[0]}, "at most"},
		"epochs":               {[]string{"export", "--from-epoch", "3", "--to-epoch", "2"}, "is before"},
		"bad n":                {[]string{"bench", "--n", "100"}, "power of two"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := run(t, context.Background(), append(c.args, "--home", home)...)
			require.ErrorContains(t, err, c.says)
		})
	}
	_, err := run(t, context.Background(), "start", "--home", t.TempDir())
	require.ErrorContains(t, err, "joule-sidecar init")
}

func TestUnreachableNodeIsNamed(t *testing.T) {
	home, _, _ := setup(t)
	out, err := run(t, context.Background(), "doctor", "--home", home, "--chain.endpoints", "127.0.0.1:1", "--output", "json")
	require.Error(t, err)
	require.Contains(t, out, "no node is reachable: 127.0.0.1:1")
	out, err = run(t, context.Background(), "doctor", "--home", home, "--chain.chain-id", "joule-1", "--bench", "0")
	require.Error(t, err)
	require.Contains(t, out, "node is on another chain")
}

func TestBench(t *testing.T) {
	home, _, _ := setup(t)
	var out []struct {
		Rate float64 `json:"rounds_per_second"`
		Tops float64 `json:"effective_tops"`
		N    uint32  `json:"n"`
	}
	parse(t, must(t, "bench", "--home", home, "--for", "100ms", "--output", "json"), &out)
	require.Positive(t, out[0].Rate)
	require.EqualValues(t, 64, out[0].N, "the chain's rules")
	require.InEpsilon(t, 2*64*64*64*out[0].Rate/1e12, out[0].Tops, 1e-9)
}

func TestVersionAndDefaults(t *testing.T) {
	require.Contains(t, must(t, "version"), "joule-sidecar ")
	require.Contains(t, must(t, "config", "default"), "[chain]")
}
