package network

import (
	"context"
	"encoding/base64"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/joulechain/joule/cmd/joule-devnet/internal/spec"
	"github.com/joulechain/joule/sidecar/attest/akca"
	"github.com/joulechain/joule/sidecar/attest/swtpm"
)

const (
	// authorityValidity is how long the devnet's authority and what it certifies are valid.
	authorityValidity = 365 * 24 * time.Hour
	// attestationEpochs is short, so that a run of a few epochs sees renewals.
	attestationEpochs = 3
	// chainFile is where a sidecar finds its attestation key's certificates, in its home.
	chainFile = "attestation.pem"
)

// ErrUnattested means that a device's hardware evidence was not in force at the end of a run with --tpm.
var ErrUnattested = errors.New("a device is not attested")

// makeTPMs manufactures and starts a software TPM for each sidecar, and makes the authority that will certify their
// attestation keys. That the chain trusts it is why genesis comes after.
func (n *network) makeTPMs(ctx context.Context) error {
	var makers [][]byte
	for i := range n.opts.Devices {
		t, err := swtpm.Make(ctx, n.home.Path("tpms", fmt.Sprint(i)), func(ctx context.Context, argv ...string) ([]byte, error) { return n.group.Run(ctx, argv...) })
		if err != nil {
			return err
		}
		name := fmt.Sprintf("tpm%d", i)
		if _, err := n.group.Start(name, n.log(name), t.Command()...); err != nil {
			return err
		}
		if err := t.Await(ctx); err != nil {
			return err
		}
		above, err := t.Authorities()
		if err != nil {
			return err
		}
		makers = append(makers, above[len(above)-1])
		n.tpms = append(n.tpms, t)
	}
	var err error
	n.authority, err = akca.New("Joule devnet attestation authority", makers, authorityValidity)
	return err
}

// trustAuthority pins the devnet's authority in a genesis file.
func (n *network) trustAuthority(genesis []byte) ([]byte, error) {
	root := n.authority.Root()
	return spec.MergeGenesis(genesis, map[string]any{"app_state": map[string]any{"device": map[string]any{"params": map[string]any{"evidence": map[string]any{
		"tpm_roots": []any{base64.StdEncoding.EncodeToString(root[:])}, "attestation_epochs": attestationEpochs,
	}}}}})
}

// tpmFlags are what a sidecar's init needs to make its keys in its TPM.
func (s *sidecar) tpmFlags() []string {
	if s.tpm == nil {
		return nil
	}
	return []string{"--type", "tpm", "--tpm", s.tpm.Address(), "--attest.certificates", chainFile, "--attest.look-every", "2s"}
}

// certify takes a sidecar's attestation key through the authority: what it says of itself, a credential that only its
// TPM opens, the certificates.
func (n *network) certify(ctx context.Context, s *sidecar) error {
	var told struct {
		Endorsement []byte `json:"endorsement_certificate"`
		Public      []byte `json:"attestation_public"`
	}
	if err := n.sidecarJSON(ctx, s, &told, "attest", "enrol", "--tpm", s.tpm.Address()); err != nil {
		return err
	}
	above, err := s.tpm.Authorities()
	if err != nil {
		return err
	}
	challenge, err := n.authority.Challenge(append([][]byte{told.Endorsement}, above...), told.Public)
	if err != nil {
		return err
	}
	var opened struct{ Value []byte }
	if err := n.sidecarJSON(ctx, s, &opened, "attest", "activate", base64.StdEncoding.EncodeToString(challenge.Blob), "--tpm", s.tpm.Address()); err != nil {
		return err
	}
	chain, err := n.authority.Certify(challenge, opened.Value)
	if err != nil {
		return err
	}
	var text []byte
	for _, c := range chain {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c})...)
	}
	n.opts.Screen.Say(s.name + ": its TPM's attestation key is certified")
	return os.WriteFile(filepath.Join(s.home, chainFile), text, 0o600)
}

// awaitAttested waits until the evidence of a sidecar's TPM counts: from the epoch after its acceptance.
func (n *network) awaitAttested(ctx context.Context, s *sidecar) error {
	if s.tpm == nil {
		return nil
	}
	for {
		if err := s.ask(ctx, "status", &s.status); err == nil {
			waiting := s.unattested()
			if waiting == "" {
				return nil
			}
			n.opts.Screen.Say(s.name + " is not attested yet: " + waiting)
		}
		if err := n.crashed(); err != nil {
			return err
		}
		for range 4 { // an epoch takes a while
			if err := pause(ctx); err != nil {
				return err
			}
		}
	}
}

// unattested says which of a sidecar's evidence does not count, and why; empty if all does.
func (s *sidecar) unattested() string {
	if len(s.status.Attestations) == 0 {
		return "it shows no hardware"
	}
	var parts []string
	for _, a := range s.status.Attestations {
		switch {
		case a.InForce:
		case a.Error != "":
			parts = append(parts, a.Device+": "+a.Error)
		case a.FromEpoch > a.CurrentEpoch:
			parts = append(parts, fmt.Sprintf("%s: it counts from epoch %d on", a.Device, a.FromEpoch))
		default:
			parts = append(parts, a.Device+": nothing was accepted yet")
		}
	}
	return strings.Join(parts, "; ")
}

// attested adds to the result what the chain holds of each attested device, and demands that it counts.
func (n *network) attested(ctx context.Context, r *Result) error {
	if !n.opts.TPM {
		return nil
	}
	for _, s := range n.sidecars {
		if err := s.ask(ctx, "status", &s.status); err != nil {
			return err
		}
		for _, shown := range s.status.Attestations {
			for i := range r.Devices {
				if r.Devices[i].Name != shown.Device {
					continue
				}
				a, err := n.nodes.Attestation(ctx, r.Devices[i].DeviceID, r.Height)
				if err != nil {
					return err
				}
				r.Devices[i].Attested = &AttestedResult{
					Kind: shown.Kind, ChipID: a.ChipId, InForce: a.InForce, FromEpoch: a.Attestation.FromEpoch, ExpiresEpoch: a.Attestation.ExpiresEpoch,
					Statements: shown.Accepted,
				}
				if !a.InForce {
					return fmt.Errorf("%w: %s, until epoch %d, and it is epoch %d", ErrUnattested, shown.Device, a.Attestation.ExpiresEpoch, a.CurrentEpoch)
				}
			}
		}
	}
	return nil
}

// AttestedResult is a device's hardware evidence at the end of a run.
type AttestedResult struct {
	Kind         string `json:"kind"`
	ChipID       string `json:"chip_id"`
	InForce      bool   `json:"in_force"`
	FromEpoch    uint64 `json:"from_epoch"`
	ExpiresEpoch uint64 `json:"expires_epoch"`
	// Statements is how many the chain accepted: the first and its renewals.
	Statements uint64 `json:"statements"`
}
