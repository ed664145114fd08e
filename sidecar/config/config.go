package config

import (
	"path/filepath"
	"time"
)

// Config is the sidecar's configuration, validated.
type Config struct {
	// Home is the folder that relative paths start from.
	Home      string    `mapstructure:"-"`
	Chain     Chain     `mapstructure:"chain"`
	Relayer   Relayer   `mapstructure:"relayer"`
	Keys      Keys      `mapstructure:"keys"`
	Spool     Spool     `mapstructure:"spool"`
	Scheduler Scheduler `mapstructure:"scheduler"`
	Submitter Submitter `mapstructure:"submitter"`
	GPU       GPU       `mapstructure:"gpu"`
	Disk      Disk      `mapstructure:"disk"`
	Attest    Attest    `mapstructure:"attest"`
	Radio     Radio     `mapstructure:"radio"`
	Exchange  Exchange  `mapstructure:"exchange"`
	Server    Server    `mapstructure:"server"`
	Log       Log       `mapstructure:"log"`
	Devices   []Device  `mapstructure:"device"`

	sources map[string]Source
}

// Chain says which chain and through which nodes.
type Chain struct {
	ID             string        `mapstructure:"chain_id"`
	Endpoints      []string      `mapstructure:"endpoints"`
	RequestTimeout time.Duration `mapstructure:"request_timeout"`
	PollInterval   time.Duration `mapstructure:"poll_interval"`
	MaxClockSkew   time.Duration `mapstructure:"max_clock_skew"`
	GasPrice       string        `mapstructure:"gas_price"`
	GasAdjustment  float64       `mapstructure:"gas_adjustment"`
}

// Relayer is the account that carries evidence.
type Relayer struct {
	KeyFile        string `mapstructure:"key_file"`
	KeyringBackend string `mapstructure:"keyring_backend"`
	KeyringDir     string `mapstructure:"keyring_dir"`
	KeyringName    string `mapstructure:"keyring_name"`
}

// Keys says how encrypted key files are opened.
type Keys struct {
	PassphraseFile string `mapstructure:"passphrase_file"`
}

// Spool is the durable memory.
type Spool struct {
	Dir        string        `mapstructure:"dir"`
	MinFreeMiB uint64        `mapstructure:"min_free_mib"`
	KeepFinal  time.Duration `mapstructure:"keep_final"`
}

// Scheduler decides when work ends.
type Scheduler struct {
	MarginBlocks float64       `mapstructure:"margin_blocks"`
	Margin       time.Duration `mapstructure:"margin"`
}

// Submitter sends evidence.
type Submitter struct {
	MaxBatch      uint64        `mapstructure:"max_batch"`
	FlushInterval time.Duration `mapstructure:"flush_interval"`
	RetryMin      time.Duration `mapstructure:"retry_min"`
	RetryMax      time.Duration `mapstructure:"retry_max"`
	TxTTL         time.Duration `mapstructure:"tx_ttl"`
	ConfirmBlocks uint64        `mapstructure:"confirm_blocks"`
}

// GPU chooses the hardware of GPU devices.
type GPU struct {
	Backend   string `mapstructure:"backend"`
	Threads   uint64 `mapstructure:"threads"`
	PauseFile string `mapstructure:"pause_file"`
}

// Disk says where plots are, how they are made and how they are looked after.
type Disk struct {
	Folders    []string      `mapstructure:"folders"`
	Threads    uint64        `mapstructure:"threads"`
	Readers    uint64        `mapstructure:"readers"`
	MemoryMiB  uint64        `mapstructure:"memory_mib"`
	TempFolder string        `mapstructure:"temp_folder"`
	ReserveMiB uint64        `mapstructure:"reserve_mib"`
	Group      uint64        `mapstructure:"group"`
	Scrub      bool          `mapstructure:"scrub"`
	ScrubRate  uint64        `mapstructure:"scrub_kib_per_second"`
	LookEvery  time.Duration `mapstructure:"look_every"`
	SlowScan   time.Duration `mapstructure:"slow_scan"`
}

// Attest says what shows the devices' hardware to the chain.
type Attest struct {
	Certificates []string      `mapstructure:"certificates"`
	TPMKey       string        `mapstructure:"tpm_key"`
	LookEvery    time.Duration `mapstructure:"look_every"`
}

// Radio is where packet forwarders and the owner's network servers are.
type Radio struct {
	Listen      string   `mapstructure:"listen"`
	AllowPublic bool     `mapstructure:"allow_public"`
	Sources     []string `mapstructure:"sources"`
	Upstreams   []string `mapstructure:"upstreams"`
	PowerOffset float64  `mapstructure:"power_offset_db"`
	PowerChain  uint64   `mapstructure:"rf_chain"`
}

// Exchange brings receipts from witnesses to beaconers.
type Exchange struct {
	Relays     []string      `mapstructure:"relays"`
	Every      time.Duration `mapstructure:"every"`
	Listen     string        `mapstructure:"listen"`
	Cert       string        `mapstructure:"cert"`
	Key        string        `mapstructure:"key"`
	AllowPlain bool          `mapstructure:"allow_plain"`
}

// Server answers health, status and metrics requests.
type Server struct {
	Enabled     bool   `mapstructure:"enabled"`
	Address     string `mapstructure:"address"`
	AllowPublic bool   `mapstructure:"allow_public"`
	Metrics     bool   `mapstructure:"metrics"`
}

// Log shapes the log on standard error.
type Log struct {
	Level  string `mapstructure:"level"`
	Format string `mapstructure:"format"`
}

// Device is one device of this machine.
type Device struct {
	Name    string `mapstructure:"name"`
	Class   string `mapstructure:"class"`
	KeyFile string `mapstructure:"key_file"`
	// Backend overrides gpu.backend; empty keeps it.
	Backend string `mapstructure:"backend"`
	// Index chooses among several cards.
	Index uint64 `mapstructure:"index"`
	// Threads overrides gpu.threads or disk.threads; 0 keeps it.
	Threads uint64 `mapstructure:"threads"`
	// Folders overrides disk.folders; empty keeps it.
	Folders []string `mapstructure:"folders"`
	// Attest is the kind of hardware evidence that is shown for the device; empty for none.
	Attest string `mapstructure:"attest"`
	// Gateway is a radio's EUI, Region its channel plan.
	Gateway string `mapstructure:"gateway"`
	Region  string `mapstructure:"region"`
	// Latitude and Longitude are degrees where a radio's antenna stands, Gain its gain in dBi. They are what `radio
	// assert` tells the chain.
	Latitude  float64 `mapstructure:"latitude"`
	Longitude float64 `mapstructure:"longitude"`
	Gain      float64 `mapstructure:"gain"`
}

// Kinds of hardware evidence, as the file names them.
const (
	AttestTPM    = "tpm"
	AttestNVIDIA = "nvidia"
)

// Regions are the channel plans, as the file names them.
var Regions = []string{"EU868", "US915", "AS923", "AU915", "IN865", "KR920"}

// Path resolves a path of the configuration against the home folder.
func (c Config) Path(p string) string {
	if p == "" || filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(c.Home, p)
}

// BackendOf is the backend that a GPU device asks for.
func (c Config) BackendOf(d Device) string {
	if d.Backend != "" {
		return d.Backend
	}
	return c.GPU.Backend
}

// ThreadsOf is how many processor threads a device may use; 0 means all.
func (c Config) ThreadsOf(d Device) int {
	switch {
	case d.Threads != 0:
		return int(d.Threads)
	case d.Class == ClassDisk:
		return int(c.Disk.Threads)
	}
	return int(c.GPU.Threads)
}

// FoldersOf are the folders of a disk device's plots, resolved against the home folder.
func (c Config) FoldersOf(d Device) []string {
	from := d.Folders
	if len(from) == 0 {
		from = c.Disk.Folders
	}
	out := make([]string, len(from))
	for i, f := range from {
		out[i] = filepath.Clean(c.Path(f))
	}
	return out
}
