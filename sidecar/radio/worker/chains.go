package radioworker

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"

	"github.com/joulechain/joule/sidecar/durable"
	proof "github.com/joulechain/joule/x/work/proof/radio"
	worktypes "github.com/joulechain/joule/x/work/types"
)

var (
	// ErrChains means that the file of hash chains cannot be used; the text says what to do.
	ErrChains = errors.New("unusable hash chains")
	// ErrNoChain means that no chain here leads to the anchor that the chain holds.
	ErrNoChain = errors.New("no hash chain here belongs to the asserted anchor: assert the radio anew from this machine, `joule-sidecar radio assert`")
)

const (
	chainsVersion = 1
	// maxChains bounds the chains that are kept: a lost transaction leaves one behind.
	maxChains = 16
	// maxChainsFile bounds what is read.
	maxChainsFile = 1 << 16
)

// Chains are a device's hash chains: secrets from which its beacons follow. A chain is durable before its anchor leaves
// this machine, for a beacon of a lost chain cannot be opened.
type Chains struct {
	path   string
	device proof.DeviceID

	mu    sync.Mutex
	saved chainsFile
	// walked is the newest value that was worked out, so that an epoch does not cost thousands of hashes each time it
	// is asked for.
	walked map[uint64]proof.Preimage
	walker hashChain
	from   proof.Anchor // of walker
}

// chainsFile is the stored form; the file's mode is 0600.
type chainsFile struct {
	Version int         `json:"version"`
	Device  string      `json:"device"`
	Chains  []hashChain `json:"chains"` // the newest last
}

// hashChain covers the epochs after Anchor up to Last.
type hashChain struct {
	Anchor uint64 `json:"anchor_epoch"`
	Last   uint64 `json:"last_epoch"`
	Secret string `json:"secret"` // the value of Last, hexadecimal
}

// OpenChains reads a device's chains; a file that is not there yet is none. A damaged file is ErrChains and is left as
// it is.
func OpenChains(path string, device proof.DeviceID) (*Chains, error) {
	c := &Chains{path: path, device: device, saved: chainsFile{Version: chainsVersion, Device: hex.EncodeToString(device[:])}}
	return c, c.load()
}

// load reads what is on the disk, which another process may have written: `radio assert` makes chains while the sidecar
// runs.
func (c *Chains) load() error {
	path := c.path
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrChains, err)
	}
	var saved chainsFile
	if len(data) > maxChainsFile {
		err = fmt.Errorf("%d bytes", len(data))
	} else {
		err = json.Unmarshal(data, &saved)
	}
	switch {
	case err != nil:
		return fmt.Errorf("%w: %s: %w: restore it from a backup, or move it away and assert the radio anew", ErrChains, path, err)
	case saved.Version != chainsVersion:
		return fmt.Errorf("%w: %s has version %d, this sidecar knows %d", ErrChains, path, saved.Version, chainsVersion)
	case saved.Device != c.saved.Device:
		return fmt.Errorf("%w: %s belongs to device %s, this one is %s", ErrChains, path, saved.Device, c.saved.Device)
	}
	for _, h := range saved.Chains {
		if _, err := h.secret(); err != nil || h.Last < h.Anchor || h.Last-h.Anchor > proof.MaxChainSteps {
			return fmt.Errorf("%w: %s: the chain of epochs %d..%d is damaged: restore the file from a backup", ErrChains, path, h.Anchor, h.Last)
		}
	}
	c.saved = saved
	return nil
}

func (h hashChain) secret() (proof.Preimage, error) {
	raw, err := hex.DecodeString(h.Secret)
	if err != nil || len(raw) != proof.PreimageSize {
		return proof.Preimage{}, ErrChains
	}
	return proof.Preimage(raw), nil
}

// New makes a chain whose anchor belongs to an epoch, and returns the anchor once the secret is on the disk. A chain
// for the same anchor epoch that is here already is used again, so that a repeated assertion leaves nothing behind. Of
// more than maxChains the oldest go, but for those that the record on chain names: their beacons could not be opened.
func (c *Chains) New(anchorEpoch uint64, named []worktypes.RadioAssertion) (proof.Anchor, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if err := c.load(); err != nil {
		return proof.Anchor{}, err
	}
	for _, h := range c.saved.Chains {
		if h.Anchor == anchorEpoch {
			return c.anchor(h)
		}
	}
	var secret proof.Preimage
	if _, err := rand.Read(secret[:]); err != nil {
		return proof.Anchor{}, err
	}
	h := hashChain{Anchor: anchorEpoch, Last: anchorEpoch + proof.MaxChainSteps, Secret: hex.EncodeToString(secret[:])}
	next := c.saved
	next.Chains = append(slices.Clone(c.saved.Chains), h)
	for i := 0; len(next.Chains) > maxChains && i < len(next.Chains)-1; {
		if slices.ContainsFunc(named, func(a worktypes.RadioAssertion) bool { return a.AnchorEpoch == next.Chains[i].Anchor }) {
			i++
			continue
		}
		next.Chains = slices.Delete(next.Chains, i, i+1)
	}
	data, err := json.MarshalIndent(next, "", "  ")
	if err != nil {
		return proof.Anchor{}, err
	}
	if err := os.MkdirAll(filepath.Dir(c.path), 0o700); err != nil {
		return proof.Anchor{}, err
	}
	if err := durable.WriteFile(c.path, append(data, '\n'), 0o600); err != nil {
		return proof.Anchor{}, err
	}
	c.saved = next
	return c.anchor(h)
}

func (c *Chains) anchor(h hashChain) (proof.Anchor, error) {
	secret, err := h.secret()
	if err != nil {
		return proof.Anchor{}, err
	}
	value, err := proof.ChainValue(c.device, h.Last, secret, h.Anchor)
	return proof.Anchor{Epoch: h.Anchor, Value: value}, err
}

// Preimage is the value of an epoch in the chain that an asserted anchor begins, and the last epoch of that chain.
// ErrNoChain if it is not here.
func (c *Chains) Preimage(anchor proof.Anchor, epoch uint64) (value proof.Preimage, last uint64, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	h, err := c.find(anchor)
	if err != nil {
		return proof.Preimage{}, 0, err
	}
	if epoch <= h.Anchor || epoch > h.Last {
		return proof.Preimage{}, h.Last, fmt.Errorf("%w: it covers epochs %d..%d, this is epoch %d", ErrNoChain, h.Anchor+1, h.Last, epoch)
	}
	if value, ok := c.walked[epoch]; ok {
		return value, h.Last, nil
	}
	secret, err := h.secret()
	if err != nil {
		return proof.Preimage{}, 0, err
	}
	if value, err = proof.ChainValue(c.device, h.Last, secret, epoch); err != nil {
		return proof.Preimage{}, 0, err
	}
	if len(c.walked) > 8 {
		clear(c.walked)
	}
	c.walked[epoch] = value
	return value, h.Last, nil
}

// find is the chain that begins at an anchor; where it is not known the file is read again.
func (c *Chains) find(anchor proof.Anchor) (hashChain, error) {
	if c.walked != nil && c.from == anchor {
		return c.walker, nil
	}
	for try := range 2 {
		for _, h := range c.saved.Chains {
			if h.Anchor != anchor.Epoch {
				continue
			}
			own, err := c.anchor(h)
			if err != nil {
				return hashChain{}, err
			}
			if own.Value == anchor.Value {
				c.walker, c.from, c.walked = h, anchor, map[uint64]proof.Preimage{}
				return h, nil
			}
		}
		if try == 0 {
			if err := c.load(); err != nil {
				return hashChain{}, err
			}
		}
	}
	return hashChain{}, fmt.Errorf("%w (anchor of epoch %d)", ErrNoChain, anchor.Epoch)
}
