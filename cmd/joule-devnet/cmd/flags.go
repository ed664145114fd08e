package cmd

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"github.com/joulechain/joule/cmd/joule-devnet/internal/field"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/network"
	"github.com/joulechain/joule/cmd/joule-devnet/internal/spec"
	"github.com/joulechain/joule/sidecar/radio/rfsim"
)

const long = `joule-devnet reads config.yml and starts validators, a faucet and sidecars as processes of this machine, on loopback only,
and shows them live: a table on a terminal, plain lines elsewhere. The sidecars do real work; the validators verify and pay it.

Without --epochs it runs until Ctrl-C. With --epochs K it ends with status 0 after K settled epochs in which EVERY device was
paid. Precisely: an epoch is settled when the chain has frozen its account. It counts if every device had a window in it, decided
after all sidecars worked (and, for a disk, under a claim that holds: from the epoch after the next one on), and every device's
share of its class's pool, floor(units · pool / all units), is positive. An epoch without such a window for some device gave it
no chance and does not count; nor does one in which a device earned nothing in spite of its windows (a disk finds no proof in one
epoch of some thousands), and three of those in a row end the run with an error. Before it ends, each sidecar claims once, and then
at one height: every validator has the same state and finds that all invariants hold, and what the chain credited each device is
what the settled epochs' shares come to. With --json one object tells units, minted, accrued (all that devices were credited,
claimed included) and claimed per class, and the verdict.

Everything ends with the program, however it ends. Data are in a temporary folder that is removed, or in --home. After a
failure the logs stay; the last line tells where. Status: 0 as wanted, 1 failed, 2 wrong flags or description, 130 interrupted.`

const example = `  joule-devnet
  joule-devnet --validators 4 --epochs 3 --json
  joule-devnet --validators 4 --epochs 3 --kill-validator 2 --kill-epoch 3`

// defaultTimeout bounds a run with --epochs: a loaded machine makes a block in several seconds.
const defaultTimeout = 30 * time.Minute

type flags struct {
	config, home, jouled, sidecar, backend, scenario string
	validators, devices, killValidator               int
	epochs, killEpoch                                uint64
	blockTime, timeout                               time.Duration
	json, keep, tpm                                  bool
}

func (f *flags) register(fs *pflag.FlagSet) {
	fs.StringVar(&f.config, "config", "", "the description; default config.yml here or beside the program")
	fs.StringVar(&f.home, "home", "", "folder for all data, new, empty or an earlier devnet's, whose data are deleted; default a temporary one")
	fs.StringVar(&f.jouled, "jouled", "", "the node's program; default jouled beside this one")
	fs.StringVar(&f.sidecar, "sidecar", "", "the sidecar's program; default joule-sidecar beside this one")
	fs.StringVar(&f.backend, "backend", "auto", "what the devices compute with: auto, cpu, opencl or cuda")
	fs.IntVar(&f.validators, "validators", 0, "how many validators, at most 64; default those of the description")
	fs.IntVar(&f.devices, "devices", 1, "how many sidecars, each with the devices that the description lists, at most 64")
	fs.StringVar(&f.scenario, "scenario", "", "the radio field: a file, or the name of a bundled one (honest, cheaters); default honest where the description has a radio")
	fs.Uint64Var(&f.epochs, "epochs", 0, "end after so many settled epochs in which every device was paid; 0 runs until Ctrl-C")
	fs.DurationVar(&f.blockTime, "block-time", 0, "override consensus.timeout_commit, 100ms to 1m; default the description's")
	fs.DurationVar(&f.timeout, "timeout", defaultTimeout, "with --epochs, the longest the run may take; 0 for no limit. Without --epochs it holds only if given")
	fs.IntVar(&f.killValidator, "kill-validator", 0, "kill this validator (counted from 0) with SIGKILL in the middle of --kill-epoch and restart it")
	fs.Uint64Var(&f.killEpoch, "kill-epoch", 2, "the epoch of --kill-validator")
	fs.BoolVar(&f.json, "json", false, "write one JSON object to standard output, everything for people to standard error")
	fs.BoolVar(&f.tpm, "tpm", false, "each sidecar's keys live in a software TPM of its own (swtpm, swtpm-tools), which an authority of the devnet certifies; an epoch\n"+
		"counts only if every device is attested in it")
	fs.BoolVar(&f.keep, "keep", false, "do not remove the temporary folder")
}

// options turns flags and description into what is to run.
func (f *flags) options(fs *pflag.FlagSet) (network.Options, error) {
	program, err := os.Executable()
	if err != nil {
		return network.Options{}, err
	}
	path, err := spec.Find(f.config, program)
	if err != nil {
		return network.Options{}, err
	}
	s, err := spec.Load(path)
	if err != nil {
		return network.Options{}, err
	}
	if !fs.Changed("validators") {
		f.validators = len(s.Validators)
	}
	if f.validators < 1 || f.validators > spec.MaxValidators {
		return network.Options{}, fmt.Errorf("--validators is %d and must be in 1..%d", f.validators, spec.MaxValidators)
	}
	if f.timeout < 0 {
		return network.Options{}, fmt.Errorf("--timeout is %s and must not be negative", f.timeout)
	}
	if f.epochs == 0 && !fs.Changed("timeout") {
		f.timeout = 0
	}
	if fs.Changed("kill-epoch") && !fs.Changed("kill-validator") {
		return network.Options{}, errors.New("--kill-epoch goes with --kill-validator")
	}
	if fs.Changed("block-time") && f.blockTime == 0 {
		return network.Options{}, errors.New("--block-time is 0s and must be in 100ms..1m")
	}
	o := network.Options{Spec: s.WithValidators(f.validators), Devices: f.devices, Epochs: f.epochs, Backend: f.backend, BlockTime: f.blockTime, TPM: f.tpm}
	if o.Scenario, err = f.field(s); err != nil {
		return network.Options{}, err
	}
	if fs.Changed("kill-validator") {
		o.Kill = &network.Kill{Validator: f.killValidator, Epoch: f.killEpoch}
	}
	if o.Jouled, err = find(f.jouled, program, "jouled"); err != nil {
		return network.Options{}, err
	}
	if o.Sidecar, err = find(f.sidecar, program, "joule-sidecar"); err != nil {
		return network.Options{}, err
	}
	return o, o.Validate()
}

// field is the scenario that the flag names, or the honest one where the description has a radio.
func (f *flags) field(s spec.Spec) (*rfsim.Scenario, error) {
	described := slices.ContainsFunc(s.Devices, func(d spec.Device) bool { return d.Class == spec.ClassRadio })
	var scenario rfsim.Scenario
	var err error
	switch {
	case f.scenario == "" && !described:
		return nil, nil
	case f.scenario == "":
		scenario, err = field.Bundled(field.Honest)
	case !strings.ContainsAny(f.scenario, "./\\"):
		scenario, err = field.Bundled(f.scenario + ".yaml")
	default:
		scenario, err = rfsim.Load(f.scenario)
	}
	return &scenario, err
}

// find is a program's path: the flag's, or a file beside this program.
func find(flag, program, name string) (string, error) {
	path := flag
	if path == "" {
		path = filepath.Join(filepath.Dir(program), name)
	}
	st, err := os.Stat(path)
	switch {
	case err != nil:
		return "", fmt.Errorf("no program %s (%w): build it with `make build`, or name it with its flag", name, err)
	case st.IsDir() || st.Mode()&0o111 == 0:
		return "", fmt.Errorf("%s is no program", path)
	}
	return filepath.Abs(path)
}
