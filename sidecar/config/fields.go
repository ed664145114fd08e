package config

import "time"

// Kind is a field's type in the file.
type Kind string

// The kinds of fields.
const (
	String   Kind = "text"
	Strings  Kind = "list of texts"
	Duration Kind = "duration"
	Uint     Kind = "whole number"
	Float    Kind = "number"
	Bool     Kind = "true or false"
)

// Field describes one setting.
type Field struct {
	// Key is section.name.
	Key  string
	Kind Kind
	// Default has the Go type of the kind: string, []string, time.Duration, uint64, float64, bool.
	Default any
	// Unit is the value's unit in words.
	Unit string
	// Min and Max bound numbers and durations, both included; nil means no bound of its own.
	Min, Max any
	// OneOf lists the allowed texts; nil means free.
	OneOf []string
	// Required fields must not be empty.
	Required bool
	// Doc explains the setting in one or more lines.
	Doc string
}

// Backends are the names of GPU backends; auto takes the first that works.
var Backends = []string{"auto", "cuda", "opencl", "cpu"}

// Fields is the table of all settings outside [[device]], in the file's order.
func Fields() []Field {
	return []Field{
		{Key: "chain.chain_id", Kind: String, Default: "joule-1", Required: true, Doc: "The chain's id. A node on another chain is refused."},
		{
			Key: "chain.endpoints", Kind: Strings, Default: []string{"127.0.0.1:9090"}, Required: true, Unit: "host:port, or grpcs://host:port for TLS",
			Doc: "The nodes' gRPC addresses. The healthiest is used; the others stand by.",
		},
		{
			Key: "chain.request_timeout", Kind: Duration, Default: 5 * time.Second, Min: 100 * time.Millisecond, Max: time.Minute,
			Doc: "How long one request may take before another node is asked.",
		},
		{
			Key: "chain.poll_interval", Kind: Duration, Default: 500 * time.Millisecond, Min: 50 * time.Millisecond, Max: 10 * time.Second,
			Doc: "How often the newest block is asked for. At most a quarter of the block time is sensible.",
		},
		{
			Key: "chain.max_clock_skew", Kind: Duration, Default: 3 * time.Second, Min: 100 * time.Millisecond, Max: time.Minute,
			Doc: "A larger difference between this machine's clock and the blocks' time is warned of.",
		},
		{
			Key: "chain.gas_price", Kind: String, Default: "", Unit: "like 0.03ujoule, per gas",
			Doc: "The least that paying transactions (register, claim) offer. The chain is asked for its floor price each time,\nand where that is higher, or this is empty, they offer the floor price. Evidence pays nothing.",
		},
		{Key: "chain.gas_adjustment", Kind: Float, Default: 1.4, Min: 1.0, Max: 5.0, Doc: "The gas limit of paying transactions over the simulated gas."},

		{
			Key: "relayer.key_file", Kind: String, Default: "keys/relayer.json", Unit: "path",
			Doc: "The account key that carries evidence. It needs no rights over the devices and no funds beyond existing on chain;\nthe owner's key need not be on this machine. Empty when a keyring is used.",
		},
		{
			Key: "relayer.keyring_backend", Kind: String, Default: "", OneOf: []string{"", "os", "file", "test"},
			Doc: "Use a key of the SDK's keyring instead of key_file.",
		},
		{Key: "relayer.keyring_dir", Kind: String, Default: "", Unit: "path", Doc: "The keyring's folder, jouled's home as a rule."},
		{Key: "relayer.keyring_name", Kind: String, Default: "", Doc: "The key's name in the keyring."},

		{
			Key: "keys.passphrase_file", Kind: String, Default: "", Unit: "path",
			Doc: "A file (mode 0600) with the passphrase of encrypted key files. Without it JOULE_SIDECAR_PASSPHRASE is used, else a prompt.",
		},

		{
			Key: "spool.dir", Kind: String, Default: "spool", Required: true, Unit: "path",
			Doc: "The durable memory: statements and what their openings need. One process at a time. Never copy it back from a backup.",
		},
		{
			Key: "spool.min_free_mib", Kind: Uint, Default: uint64(256), Min: uint64(16), Max: uint64(1 << 20), Unit: "MiB",
			Doc: "No work is started with less free disk than this.",
		},
		{
			Key: "spool.keep_final", Kind: Duration, Default: 30 * 24 * time.Hour, Min: time.Hour, Max: 10 * 365 * 24 * time.Hour,
			Doc: "How long finished statements are kept. The earnings ledger is kept for ever.",
		},

		{
			Key: "scheduler.margin_blocks", Kind: Float, Default: 1.0, Min: 0.25, Max: 20.0, Unit: "measured block times",
			Doc: "Work ends this long before the window's last block. It grows by itself while commitments come too late.",
		},
		{
			Key: "scheduler.margin", Kind: Duration, Default: 200 * time.Millisecond, Min: time.Duration(0), Max: time.Minute,
			Doc: "Added to margin_blocks: the time to sign and send.",
		},

		{
			Key: "submitter.max_batch", Kind: Uint, Default: uint64(32), Min: uint64(1), Max: uint64(256), Unit: "pieces of evidence",
			Doc: "The most evidence in one transaction; the chain's own limit holds too.",
		},
		{
			Key: "submitter.flush_interval", Kind: Duration, Default: 250 * time.Millisecond, Min: 10 * time.Millisecond, Max: 30 * time.Second,
			Doc: "How long evidence may wait for company; never when its last height is near.",
		},
		{
			Key: "submitter.retry_min", Kind: Duration, Default: 500 * time.Millisecond, Min: 10 * time.Millisecond, Max: time.Minute,
			Doc: "The first wait after a failed submission; it doubles up to retry_max.",
		},
		{Key: "submitter.retry_max", Kind: Duration, Default: 15 * time.Second, Min: 10 * time.Millisecond, Max: 10 * time.Minute, Doc: "The longest wait between submissions."},
		{
			Key: "submitter.tx_ttl", Kind: Duration, Default: time.Minute, Min: 5 * time.Second, Max: 9 * time.Minute,
			Doc: "How long a transaction stays valid. The chain takes at most ten minutes.",
		},
		{
			Key: "submitter.confirm_blocks", Kind: Uint, Default: uint64(3), Min: uint64(1), Max: uint64(100), Unit: "blocks",
			Doc: "Evidence that is not on chain after so many blocks is sent again, through another node.",
		},

		{
			Key: "gpu.backend", Kind: String, Default: "auto", OneOf: Backends,
			Doc: "What computes: cuda, opencl, cpu, or auto for the first that works. `doctor` and `status` show which one is in use.",
		},
		{Key: "gpu.threads", Kind: Uint, Default: uint64(0), Min: uint64(0), Max: uint64(1024), Unit: "threads", Doc: "Processor threads of the cpu backend; 0 means all."},
		{
			Key: "gpu.pause_file", Kind: String, Default: "pause", Unit: "path",
			Doc: "Maintenance is declared while this file exists: cards are given back, with all their memory, and no work is done.\n`joule-sidecar pause` and `resume` make and remove it.",
		},

		{
			Key: "disk.folders", Kind: Strings, Default: []string{}, Unit: "paths",
			Doc: "The folders that hold the disk devices' plots, one per disk. A device may name its own instead.",
		},
		{Key: "disk.threads", Kind: Uint, Default: uint64(0), Min: uint64(0), Max: uint64(1024), Unit: "threads", Doc: "Processor threads for making, scanning and solving plots; 0 means all."},
		{
			Key: "disk.readers", Kind: Uint, Default: uint64(0), Min: uint64(0), Max: uint64(256), Unit: "reads at once on each disk",
			Doc: "0 means 2 on hard disks and 16 on others.",
		},
		{
			Key: "disk.memory_mib", Kind: Uint, Default: uint64(0), Min: uint64(0), Max: uint64(1 << 22), Unit: "MiB",
			Doc: "The memory that `plot create` may use; what does not fit goes through a temporary file. 0 means what one plot needs, or half\nof the machine's free memory where that is less.",
		},
		{
			Key: "disk.temp_folder", Kind: String, Default: "", Unit: "path",
			Doc: "Where that temporary file lies; empty means beside the plots. A fast disk saves time.",
		},
		{Key: "disk.reserve_mib", Kind: Uint, Default: uint64(1024), Min: uint64(1), Max: uint64(1 << 30), Unit: "MiB", Doc: "`plot create` leaves so much of each disk free."},
		{
			Key: "disk.group", Kind: Uint, Default: uint64(128), Min: uint64(1), Max: uint64(1024), Unit: "plots in a file",
			Doc: "A challenge costs four reads a file, whatever the number of plots in it. 1 keeps each plot in a file of its own.",
		},
		{Key: "disk.scrub", Kind: Bool, Default: true, Doc: "Read samples of all plots in the background, slowly, and report what has become unreadable."},
		{
			Key: "disk.scrub_kib_per_second", Kind: Uint, Default: uint64(1024), Min: uint64(1), Max: uint64(1 << 20), Unit: "KiB a second",
			Doc: "How fast the scrub reads. It rests while a window is open.",
		},
		{
			Key: "disk.look_every", Kind: Duration, Default: time.Minute, Min: time.Second, Max: time.Hour,
			Doc: "How often the folders are looked at for new plots, vanished disks, free space and health.",
		},
		{
			Key: "disk.slow_scan", Kind: Duration, Default: 5 * time.Second, Min: 100 * time.Millisecond, Max: 10 * time.Minute,
			Doc: "A longer answer to a challenge is warned of: such disks are the first to miss a window.",
		},

		{
			Key: "attest.certificates", Kind: Strings, Default: []string{}, Unit: "paths, or nv:INDEX for one that the TPM keeps",
			Doc: "The certificates of the TPM's attestation key, the key's own first, the root last; PEM or DER. `joule-sidecar attest enrol` asks for them.",
		},
		{
			Key: "attest.tpm_key", Kind: String, Default: "", Unit: "a handle like 0x81000003",
			Doc: "The TPM's attestation key, where a cloud provides one. Empty lets the TPM make its own.",
		},
		{
			Key: "attest.look_every", Kind: Duration, Default: 15 * time.Second, Min: time.Second, Max: time.Hour,
			Doc: "How often the running sidecar looks whether hardware evidence has to be renewed, and whether it can be.",
		},

		{
			Key: "radio.listen", Kind: String, Default: "127.0.0.1:1680", Unit: "host:port",
			Doc: "Where packet forwarders send their datagrams (UDP): server_address and both ports of their configuration. All radio devices share it.",
		},
		{
			Key: "radio.allow_public", Kind: Bool, Default: false,
			Doc: "Allow an address that is not loopback. The protocol has no authentication: name the forwarders' networks in radio.sources as well.",
		},
		{Key: "radio.sources", Kind: Strings, Default: []string{}, Unit: "networks like 192.168.1.0/24", Doc: "Networks that datagrams may come from; empty means any."},
		{
			Key: "radio.upstreams", Kind: Strings, Default: []string{}, Unit: "host:port",
			Doc: "The owner's network servers, at most 8: ordinary traffic goes on to each of them, and their downlinks to the gateway.",
		},
		{
			Key: "radio.power_offset_db", Kind: Float, Default: 0.0, Min: -30.0, Max: 30.0, Unit: "dB",
			Doc: "Added to the power that a forwarder is asked for. It subtracts the antenna_gain of its own configuration; where that is not set,\ngive minus the antenna's gain here.",
		},
		{Key: "radio.rf_chain", Kind: Uint, Default: uint64(0), Min: uint64(0), Max: uint64(3), Doc: "The concentrator's transmitting chain."},

		{
			Key: "exchange.relays", Kind: Strings, Default: []string{}, Unit: "http(s)://host:port",
			Doc: "Relays through which radios' receipts reach the beacons' senders, at most 8; one that works is enough. With none the receipts go to the\nchain as late ones.",
		},
		{
			Key: "exchange.every", Kind: Duration, Default: 2 * time.Second, Min: 100 * time.Millisecond, Max: 10 * time.Minute,
			Doc: "How often receipts are posted and looked for.",
		},
		{Key: "exchange.listen", Kind: String, Default: "", Unit: "host:port", Doc: "Serve a relay for others here; empty means not. It needs a radio device on this machine."},
		{Key: "exchange.cert", Kind: String, Default: "", Unit: "path", Doc: "The relay's TLS certificate (PEM, with the chain)."},
		{Key: "exchange.key", Kind: String, Default: "", Unit: "path", Doc: "Its key."},
		{Key: "exchange.allow_plain", Kind: Bool, Default: false, Doc: "Serve plain HTTP beyond loopback: behind a proxy that does TLS."},

		{Key: "server.enabled", Kind: Bool, Default: true, Doc: "Serve /healthz, /readyz, /status and /earnings; `status` and `export` ask them."},
		{Key: "server.address", Kind: String, Default: "127.0.0.1:26670", Unit: "host:port", Doc: "Where to listen. It tells nothing secret, yet it is for this machine only by default."},
		{Key: "server.allow_public", Kind: Bool, Default: false, Doc: "Allow an address that is not loopback."},
		{Key: "server.metrics", Kind: Bool, Default: true, Doc: "Serve Prometheus metrics on /metrics of the same address."},

		{Key: "log.level", Kind: String, Default: "info", OneOf: []string{"debug", "info", "warn", "error"}, Doc: "The least important line that is written."},
		{Key: "log.format", Kind: String, Default: "text", OneOf: []string{"text", "json"}, Doc: "Lines for people or for machines."},
	}
}

// DeviceFields describes the keys of each [[device]] block; they stand in the file only.
func DeviceFields() []Field {
	return []Field{
		{Key: "name", Kind: String, Default: "", Required: true, Doc: "A name of your own, unique in the file: letters, digits, - and _."},
		{Key: "class", Kind: String, Default: ClassGPU, OneOf: Classes(), Doc: "The kind of work."},
		{Key: "key_file", Kind: String, Default: "", Required: true, Unit: "path", Doc: "The device's own key. One device, one key: two processes with one key lose money."},
		{Key: "backend", Kind: String, Default: "", OneOf: append([]string{""}, Backends...), Doc: "Of a gpu: overrides gpu.backend."},
		{Key: "index", Kind: Uint, Default: uint64(0), Min: uint64(0), Max: uint64(255), Doc: "Of a gpu: which card, counted as the backend lists them."},
		{Key: "threads", Kind: Uint, Default: uint64(0), Min: uint64(0), Max: uint64(1024), Unit: "threads", Doc: "Overrides gpu.threads or disk.threads; 0 keeps it."},
		{
			Key: "attest", Kind: String, Default: "", OneOf: []string{"", AttestTPM, AttestNVIDIA},
			Doc: "What shows the device's hardware to the chain while the sidecar runs: a TPM that holds its key, or a card in confidential-computing mode.",
		},
		{Key: "folders", Kind: Strings, Default: []string{}, Unit: "paths", Doc: "Of a disk: overrides disk.folders. Two devices cannot share a folder."},
		{Key: "gateway", Kind: String, Default: "", Doc: "Of a radio: the gateway's EUI as its forwarder tells it, 16 hexadecimal digits (gateway_ID)."},
		{Key: "region", Kind: String, Default: "", OneOf: append([]string{""}, Regions...), Doc: "Of a radio: the channel plan that the law of the place asks for."},
		{Key: "latitude", Kind: Float, Default: 0.0, Min: -85.0, Max: 85.0, Unit: "degrees", Doc: "Of a radio: where its antenna stands; `radio assert` tells the chain."},
		{Key: "longitude", Kind: Float, Default: 0.0, Min: -180.0, Max: 180.0, Unit: "degrees", Doc: "Of a radio: where its antenna stands."},
		{Key: "gain", Kind: Float, Default: 0.0, Min: -10.0, Max: 20.0, Unit: "dBi", Doc: "Of a radio: its antenna's gain."},
	}
}
