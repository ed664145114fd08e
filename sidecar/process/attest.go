package process

import (
	"fmt"
	"time"

	"github.com/joulechain/joule/sidecar/attest"
	"github.com/joulechain/joule/sidecar/attest/nvidiacc"
	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/gpuworker"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/services"
)

// attestWait bounds how long the inclusion of an attestation is waited for.
const attestWait = 2 * time.Minute

// AttestSource opens the hardware that vouches for a device, of a kind that the configuration names.
func AttestSource(cfg config.Config, d config.Device, signer keys.Signer, kind string) (attest.Source, error) {
	switch kind {
	case config.AttestTPM:
		return tpmSource(cfg, d, signer)
	case config.AttestNVIDIA:
		bus, ok := gpuworker.CardBus(int(d.Index))
		if !ok {
			return nil, fmt.Errorf("device %s: %w: the CUDA driver shows no card %d", d.Name, nvidiacc.ErrUnavailable, d.Index)
		}
		card, err := nvidiacc.Open(bus)
		if err != nil {
			return nil, fmt.Errorf("device %s: %w", d.Name, err)
		}
		return &attest.NVIDIASource{Card: card}, nil
	}
	return nil, fmt.Errorf("device %s has no attest key: set it to %s or %s in its [[device]] block", d.Name, config.AttestTPM, config.AttestNVIDIA)
}

func tpmSource(cfg config.Config, d config.Device, signer keys.Signer) (attest.Source, error) {
	s, ok := signer.(*keys.TPMSigner)
	if !ok {
		return nil, fmt.Errorf("device %s has a %s key in a file: a TPM vouches for keys that it holds, `joule-sidecar keys add NAME --type tpm` makes one",
			d.Name, signer.PublicKey().Type)
	}
	ak, err := attest.ParseHandle(cfg.Attest.TPMKey)
	if err != nil {
		return nil, err
	}
	return &attest.TPMSource{TPM: s.TPM, Key: s.Key, AK: ak, Certificates: func() ([][]byte, error) {
		return attest.LoadCertificates(cfg.Attest.Certificates, cfg.Path, s.TPM)
	}}, nil
}

// NewPayer is an account as it pays for what is not evidence of work.
func NewPayer(cfg config.Config, client *chain.Client, account keys.Account) (*chain.Payer, error) {
	least, err := cfg.Chain.LeastGasPrice()
	if err != nil {
		return nil, err
	}
	return chain.NewPayer(client, account, least, cfg.Chain.GasAdjustment), nil
}

// watchHardware builds a renewer for each device that has hardware to show. Hardware that is not there does not stop
// the device's work.
func (p *Process) watchHardware(relayer keys.Account) error {
	payer, err := NewPayer(p.cfg, p.client, relayer)
	if err != nil {
		return err
	}
	for _, d := range p.opened {
		if d.Attest == "" {
			continue
		}
		source, err := AttestSource(p.cfg, d.Device, d.signer, d.Attest)
		if err != nil {
			p.log.Error("no hardware evidence", "device", d.Name, "error", err)
			p.unattested = append(p.unattested, attest.Status{Device: d.Name, Kind: d.Attest, Error: err.Error()})
			continue
		}
		p.renewers = append(p.renewers, attest.NewRenewer(attest.Options{
			Name: d.Name, Device: d.signer.DeviceID(), Source: source, Chain: p.client, Sender: payer, Payer: relayer.Address(),
			Every: p.cfg.Attest.LookEvery, Wait: attestWait, Clock: p.clock, Log: p.log,
		}))
	}
	return nil
}

func (p *Process) renewals() (list []services.Service) {
	for _, r := range p.renewers {
		list = append(list, services.Service{Name: "hardware evidence of " + r.Status().Device, Run: r.Run})
	}
	return list
}

// attestations are all devices' that have hardware to show.
func (p *Process) attestations() []attest.Status {
	out := append([]attest.Status{}, p.unattested...)
	for _, r := range p.renewers {
		out = append(out, r.Status())
	}
	return out
}
