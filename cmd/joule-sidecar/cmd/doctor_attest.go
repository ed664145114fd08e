package cmd

import (
	"time"

	"github.com/joulechain/joule/sidecar/attest"
	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/process"
)

// probe is signed to see that a TPM answers; its beginning keeps it from being any statement of the protocol.
const probe = "joule/sidecar/doctor/probe"

// hardware checks a TPM that holds a device's key, and what is to be shown to the chain.
func (e *examination) hardware(d config.Device, s keys.Signer) {
	if held, ok := s.(*keys.TPMSigner); ok {
		start := time.Now()
		if _, err := s.Sign([]byte(probe)); err != nil {
			e.fail("TPM "+d.Name, "", "%s", err)
			return
		}
		e.ok("TPM "+d.Name, "%s signs in %s", held.TPM.Address(), time.Since(start).Round(time.Millisecond))
	}
	if d.Attest == "" {
		return
	}
	name := "hardware evidence " + d.Name
	source, err := process.AttestSource(e.cfg, d, s, d.Attest)
	if err == nil {
		err = complete(source)
	}
	if err != nil {
		// The device earns without it.
		e.warn(name, "see docs/device-owners.md#hardware-that-vouches-for-itself", "%s", err)
		return
	}
	e.ok(name, "%s by %s", d.Attest, source.Describe())
}

// complete looks for what a TPM's evidence needs beside the TPM.
func complete(source attest.Source) error {
	t, ok := source.(*attest.TPMSource)
	if !ok {
		return nil
	}
	chain, err := t.Certificates()
	if err != nil {
		return err
	}
	return attest.Belongs(chain, func() ([]byte, error) { return t.TPM.Public(t.AK) })
}
