package config_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/config"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, string(want), got, "run `go test ./sidecar/config -update` and read the difference")
}

func TestDefaultConfigIsFrozen(t *testing.T) {
	golden(t, "testdata/default.toml", config.Render(nil, nil))
}

func TestReferenceIsGenerated(t *testing.T) {
	golden(t, "../../docs/sidecar-config.md", config.Markdown())
}

func TestDefaultsLoadAndAreValid(t *testing.T) {
	devices := []config.Device{
		{Name: "gpu0", Class: "gpu", KeyFile: "keys/gpu0.json"},
		{Name: "g1", Class: "gpu", KeyFile: "k", Index: 1, Threads: 2},
		{Name: "d0", Class: "disk", KeyFile: "d", Folders: []string{"/mnt/a", "plots"}, Threads: 1},
	}
	c, err := config.Parse(config.Render(nil, devices), nil, nil)
	require.NoError(t, err)
	require.Equal(t, devices, c.Devices)
	for _, f := range config.Fields() {
		require.Equal(t, f.Default, c.Value(f.Key), f.Key)
		require.Equal(t, config.FromFile, c.SourceOf(f.Key), f.Key)
		require.NotEmpty(t, f.Doc, f.Key)
	}
	empty, err := config.Parse("", nil, nil)
	require.NoError(t, err)
	require.Equal(t, config.FromDefault, empty.SourceOf("chain.chain_id"))
}

func TestPrecedence(t *testing.T) {
	file := "[chain]\nchain_id = \"file-1\"\n[submitter]\nmax_batch = 7\n[log]\nlevel = \"warn\"\n"
	env := []string{
		"JOULE_SIDECAR_CHAIN_CHAIN_ID=env-1", "JOULE_SIDECAR_CHAIN_ENDPOINTS=a:1, grpcs://b:2",
		"JOULE_SIDECAR_LOG_LEVEL=error", "JOULE_SIDECAR_PASSPHRASE=never a setting", "PATH=/bin",
	}
	fs := pflag.NewFlagSet("t", pflag.ContinueOnError)
	config.AddFlags(fs)
	require.NoError(t, fs.Parse([]string{"--chain.chain-id=flag-1", "--submitter.tx-ttl=90s"}))
	c, err := config.Parse(file, env, fs)
	require.NoError(t, err)
	require.Equal(t, "flag-1", c.Chain.ID)
	require.Equal(t, config.FromFlag, c.SourceOf("chain.chain_id"))
	require.Equal(t, []string{"a:1", "grpcs://b:2"}, c.Chain.Endpoints)
	require.Equal(t, config.FromEnv, c.SourceOf("chain.endpoints"))
	require.Equal(t, "error", c.Log.Level)
	require.EqualValues(t, 7, c.Submitter.MaxBatch)
	require.Equal(t, config.FromFile, c.SourceOf("submitter.max_batch"))
	require.Equal(t, 90*time.Second, c.Submitter.TxTTL)
	require.Equal(t, config.FromDefault, c.SourceOf("gpu.backend"))
}

func TestBadConfigs(t *testing.T) {
	device := func(body string) string {
		return "[[device]]\nname=\"a\"\nkey_file=\"a\"\nclass=\"gpu\"\n" + body + "\n"
	}
	disk := func(name, body string) string {
		return "[[device]]\nname=\"" + name + "\"\nkey_file=\"" + name + "\"\nclass=\"disk\"\n" + body + "\n"
	}
	for name, c := range map[string]struct {
		text string
		env  string
		want error
		says string
	}{
		"unknown key":            {text: "[chain]\nendpoint = [\"a:1\"]", want: config.ErrUnknownKey, says: "did you mean chain.endpoints?"},
		"unknown section":        {text: "[zzzzzz]\nqqqqqqqqqq = 1", want: config.ErrUnknownKey, says: "config check"},
		"top-level key":          {text: "chain_id = \"x\"", want: config.ErrUnknownKey, says: "chain_id"},
		"unknown variable":       {env: "JOULE_SIDECAR_LOG_LEVL=info", want: config.ErrUnknownKey, says: "did you mean JOULE_SIDECAR_LOG_LEVEL?"},
		"unknown device key":     {text: device("backed = \"cpu\""), want: config.ErrUnknownKey, says: "did you mean backend?"},
		"device not a block":     {text: "device = 3", want: config.ErrSyntax, says: "[[device]]"},
		"broken TOML":            {text: "[chain\n", want: config.ErrSyntax},
		"wrong type":             {text: "[submitter]\nmax_batch = \"many\"", want: config.ErrValue, says: "max_batch"},
		"bare duration":          {text: "[chain]\nrequest_timeout = 5", want: config.ErrValue, says: "with a unit"},
		"too large":              {text: "[submitter]\nmax_batch = 257", want: config.ErrValue, says: "submitter.max_batch is 257 and must be in 1..256"},
		"too short":              {text: "[chain]\npoll_interval = \"1ms\"", want: config.ErrValue, says: "50ms..10s"},
		"not a choice":           {text: "[gpu]\nbackend = \"metal\"", want: config.ErrValue, says: "auto, cuda, opencl, cpu"},
		"empty required":         {text: "[chain]\nchain_id = \"\"", want: config.ErrValue, says: "chain.chain_id must not be empty"},
		"no endpoints":           {text: "[chain]\nendpoints = []", want: config.ErrValue, says: "chain.endpoints must not be empty"},
		"endpoint without port":  {text: "[chain]\nendpoints = [\"node\"]", want: config.ErrValue, says: "host:port"},
		"http endpoint":          {text: "[chain]\nendpoints = [\"http://node:9090\"]", want: config.ErrValue, says: "host:port"},
		"endpoint twice":         {text: "[chain]\nendpoints = [\"a:1\", \"a:1\"]", want: config.ErrContradiction, says: "twice"},
		"two relayer keys":       {text: "[relayer]\nkey_file = \"x\"\nkeyring_backend = \"test\"\nkeyring_dir = \"d\"\nkeyring_name = \"n\"", want: config.ErrContradiction, says: "keep one"},
		"no relayer key":         {text: "[relayer]\nkey_file = \"\"", want: config.ErrValue, says: "relayer.key_file"},
		"half a keyring":         {text: "[relayer]\nkey_file = \"\"\nkeyring_backend = \"test\"", want: config.ErrContradiction, says: "keyring_name"},
		"keyring without folder": {text: "[relayer]\nkey_file = \"\"\nkeyring_backend = \"test\"\nkeyring_name = \"n\"", want: config.ErrContradiction, says: "keyring_dir"},
		"public address":         {text: "[server]\naddress = \"0.0.0.0:26670\"", want: config.ErrContradiction, says: "allow_public"},
		"metrics without server": {text: "[server]\nenabled = false\nmetrics = true", want: config.ErrContradiction, says: "server.metrics"},
		"retry order":            {text: "[submitter]\nretry_min = \"30s\"\nretry_max = \"1s\"", want: config.ErrContradiction, says: "retry_min"},
		"timeout and poll":       {text: "[chain]\nrequest_timeout = \"100ms\"\npoll_interval = \"5s\"", want: config.ErrContradiction, says: "poll_interval"},
		"gas price":              {text: "[chain]\ngas_price = \"cheap\"", want: config.ErrValue, says: "0.03ujoule"},
		"gas denom":              {text: "[chain]\ngas_price = \"1uatom\"", want: config.ErrValue, says: "must be in ujoule"},
		"two same names":         {text: device("index = 1") + device(""), want: config.ErrContradiction, says: "two devices are called"},
		"shared key":             {text: device("") + "[[device]]\nname=\"b\"\nclass=\"gpu\"\nkey_file=\"a\"\nindex=1", want: config.ErrContradiction, says: "share the key file"},
		"shared card":            {text: device("") + "[[device]]\nname=\"b\"\nclass=\"gpu\"\nkey_file=\"b\"", want: config.ErrContradiction, says: "two identities"},
		"index on cpu":           {text: device("backend = \"cpu\"\nindex = 1"), want: config.ErrContradiction, says: "remove index"},
		"threads on cuda":        {text: device("backend = \"cuda\"\nthreads = 4"), want: config.ErrContradiction, says: "cpu backend"},
		"bad name":               {text: "[[device]]\nname=\"a b\"\nclass=\"gpu\"\nkey_file=\"a\"", want: config.ErrValue, says: "letters, digits"},
		"folders on a gpu":       {text: device("folders = [\"/a\"]"), want: config.ErrContradiction, says: "belong to disks"},
		"disk without folders":   {text: disk("a", ""), want: config.ErrContradiction, says: "set disk.folders"},
		"disk with a backend":    {text: disk("a", "backend=\"cpu\"\nfolders=[\"/a\"]"), want: config.ErrContradiction, says: "belong to GPUs"},
		"folder twice":           {text: disk("a", "folders=[\"/a\", \"/b/../a\"]"), want: config.ErrContradiction, says: "the folder /a twice"},
		"shared folder":          {text: "[disk]\nfolders=[\"/a\"]\n" + disk("a", "") + disk("b", ""), want: config.ErrContradiction, says: "share the folder /a"},
		"folder in a folder":     {text: disk("a", "folders=[\"/a\"]") + disk("b", "folders=[\"/a/b\"]"), want: config.ErrContradiction, says: "lies in the other"},
		"unknown disk key":       {text: "[disk]\nfolder = [\"/a\"]", want: config.ErrUnknownKey, says: "did you mean disk.folders?"},
		"too small a group":      {text: "[disk]\ngroup = 0", want: config.ErrValue, says: "1..1024"},
		"unknown class":          {text: "[[device]]\nname=\"a\"\nclass=\"asic\"\nkey_file=\"a\"", want: config.ErrValue, says: "class"},
		"no key file":            {text: "[[device]]\nname=\"a\"\nclass=\"gpu\"", want: config.ErrValue, says: "key_file must not be empty"},
	} {
		t.Run(name, func(t *testing.T) {
			var env []string
			if c.env != "" {
				env = []string{c.env}
			}
			_, err := config.Parse(c.text, env, nil)
			require.ErrorIs(t, err, c.want)
			require.ErrorContains(t, err, c.says)
		})
	}
}

func TestFoldersOfADevice(t *testing.T) {
	text := "[disk]\nfolders=[\"/mnt/a\", \"plots/\"]\nthreads=3\n[[device]]\nname=\"a\"\nkey_file=\"a\"\nclass=\"disk\"\n" +
		"[[device]]\nname=\"b\"\nkey_file=\"b\"\nclass=\"disk\"\nfolders=[\"/mnt/b\"]\nthreads=1\n"
	c, err := config.Parse(text, nil, nil)
	require.NoError(t, err)
	c.Home = "/home/x"
	require.Equal(t, []string{"/mnt/a", "/home/x/plots"}, c.FoldersOf(c.Devices[0]))
	require.Equal(t, []string{"/mnt/b"}, c.FoldersOf(c.Devices[1]))
	require.Equal(t, []int{3, 1}, []int{c.ThreadsOf(c.Devices[0]), c.ThreadsOf(c.Devices[1])})
}

func TestLoadNamesMissingFile(t *testing.T) {
	home := t.TempDir()
	_, err := config.Load(home, nil)
	require.ErrorIs(t, err, config.ErrNoFile)
	require.ErrorContains(t, err, "joule-sidecar init")
	require.NoError(t, os.WriteFile(filepath.Join(home, config.FileName), []byte(config.Render(map[string]any{"chain.chain_id": "joule-x"}, nil)), 0o600))
	c, err := config.Load(home, nil)
	require.NoError(t, err)
	require.Equal(t, "joule-x", c.Chain.ID)
	require.Equal(t, filepath.Join(home, "spool"), c.Path(c.Spool.Dir))
	require.Equal(t, "/abs", c.Path("/abs"))
}

func TestExplainNamesEveryKey(t *testing.T) {
	c, err := config.Parse("", []string{"JOULE_SIDECAR_LOG_LEVEL=warn"}, nil)
	require.NoError(t, err)
	var b strings.Builder
	require.NoError(t, c.Explain(&b))
	for _, f := range config.Fields() {
		require.Contains(t, b.String(), f.Key)
	}
	require.Regexp(t, `log\.level +"warn" +environment`, b.String())
}

func TestRenderedTextSurvivesOddValues(t *testing.T) {
	for _, odd := range []string{`a"b\c`, "tab\tand\x01", "ü ∑"} {
		c, err := config.Parse(config.Render(map[string]any{"chain.chain_id": odd}, nil), nil, nil)
		require.NoError(t, err)
		require.Equal(t, odd, c.Chain.ID)
	}
}

// Parsing never panics, and what is accepted validates.
func FuzzParse(f *testing.F) {
	f.Add(config.Render(nil, []config.Device{{Name: "a", Class: "gpu", KeyFile: "k"}}))
	f.Add("[chain]\nendpoints = [\"a:1\"]\n")
	f.Add("[[device]]\nname = 1\n")
	f.Add("chain = 3")
	f.Add("[chain]\nrequest_timeout = 1979-05-27T07:32:00Z")
	f.Fuzz(func(t *testing.T, text string) {
		c, err := config.Parse(text, nil, nil)
		if err == nil {
			require.NoError(t, c.Validate())
		}
	})
}
