package config

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

var namePattern = regexp.MustCompile(`^[A-Za-z0-9_-]{1,32}$`)

// taken notes what each device has for itself: by the thing, the device's name.
type taken struct {
	names, files, cards, folders, gateways map[string]string
	tpm                                    string
}

func (c Config) checkDevices() error {
	t := &taken{names: map[string]string{}, files: map[string]string{}, cards: map[string]string{}, folders: map[string]string{}, gateways: map[string]string{}}
	for i, d := range c.Devices {
		where := fmt.Sprintf("[[device]] block %d", i+1)
		for _, f := range DeviceFields() {
			if err := f.check(d.value(f.Key)); err != nil {
				return fmt.Errorf("%s: %w", where, err)
			}
		}
		if !namePattern.MatchString(d.Name) {
			return fmt.Errorf("%w: %s: name %q must be 1..32 letters, digits, - or _", ErrValue, where, d.Name)
		}
		if _, twice := t.names[d.Name]; twice {
			return fmt.Errorf("%w: two devices are called %q", ErrContradiction, d.Name)
		}
		t.names[d.Name] = d.Name
		if other, ok := t.files[d.KeyFile]; ok {
			return fmt.Errorf("%w: devices %q and %q share the key file %s: each device needs a key of its own", ErrContradiction, other, d.Name, d.KeyFile)
		}
		t.files[d.KeyFile] = d.Name
		if d.Attest == AttestTPM {
			if t.tpm != "" {
				return fmt.Errorf("%w: devices %q and %q have attest tpm: the chain binds a TPM to one device, keep one", ErrContradiction, t.tpm, d.Name)
			}
			t.tpm = d.Name
		}
		if err := d.checkRadioKeys(); err != nil {
			return err
		}
		if err := classOf(d).check(c, d, t); err != nil {
			return err
		}
	}
	return nil
}

func (c Config) checkGPU(d Device, t *taken) error {
	if len(d.Folders) != 0 {
		return fmt.Errorf("%w: device %q is a gpu and has folders: they belong to disks", ErrContradiction, d.Name)
	}
	backend := c.BackendOf(d)
	if d.Attest == AttestNVIDIA && (backend == "cpu" || backend == "opencl") {
		return fmt.Errorf("%w: device %q has attest nvidia and backend %s: a card that attests computes by cuda", ErrContradiction, d.Name, backend)
	}
	if backend == "cpu" && d.Index != 0 {
		return fmt.Errorf("%w: device %q has backend cpu and index %d: only cards are counted, remove index", ErrContradiction, d.Name, d.Index)
	}
	if d.Threads != 0 && backend != "cpu" && backend != "auto" {
		return fmt.Errorf("%w: device %q has backend %s and threads %d: threads belong to the cpu backend", ErrContradiction, d.Name, backend, d.Threads)
	}
	card := backend + "/" + strconv.FormatUint(d.Index, 10)
	if other, ok := t.cards[card]; ok && backend != "cpu" {
		return fmt.Errorf("%w: devices %q and %q use the same card (%s): one card cannot serve two identities, give them different index values",
			ErrContradiction, other, d.Name, card)
	}
	t.cards[card] = d.Name
	return nil
}

// checkDisk wants folders that are the device's own, none inside another: plots in a folder are made and counted for
// one device.
func (c Config) checkDisk(d Device, t *taken) error {
	if d.Attest == AttestNVIDIA {
		return fmt.Errorf("%w: device %q is a disk and has attest nvidia: that belongs to GPUs", ErrContradiction, d.Name)
	}
	if d.Backend != "" || d.Index != 0 {
		return fmt.Errorf("%w: device %q is a disk and has backend or index: they belong to GPUs", ErrContradiction, d.Name)
	}
	folders := c.FoldersOf(d)
	if len(folders) == 0 {
		return fmt.Errorf("%w: device %q is a disk without folders: set disk.folders, or folders in its block", ErrContradiction, d.Name)
	}
	for _, f := range folders {
		for other, owner := range t.folders {
			switch {
			case other == f && owner == d.Name:
				return fmt.Errorf("%w: device %q lists the folder %s twice", ErrContradiction, d.Name, f)
			case other == f:
				return fmt.Errorf("%w: devices %q and %q share the folder %s: give each its own in folders of its block", ErrContradiction, owner, d.Name, f)
			case inside(f, other) || inside(other, f):
				return fmt.Errorf("%w: of the folders %s and %s one lies in the other: plots are looked for in each alone, name separate ones", ErrContradiction, other, f)
			}
		}
		t.folders[f] = d.Name
	}
	return nil
}

// inside tells whether a path lies below another one.
func inside(path, other string) bool {
	rel, err := filepath.Rel(other, path)
	return err == nil && rel != "." && rel != ".." && !strings.HasPrefix(rel, ".."+string(filepath.Separator))
}
