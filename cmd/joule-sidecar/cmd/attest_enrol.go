package cmd

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/joulechain/joule/sidecar/attest"
	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/keys/tpmkey"
)

// enrolment is what an authority needs to certify a TPM's attestation key, and what it makes of it.
type enrolment struct {
	// EndorsementCertificate is the maker's, in DER; the authority knows those above it.
	EndorsementCertificate []byte `json:"endorsement_certificate"`
	// AttestationPublic is the key's TPMT_PUBLIC.
	AttestationPublic []byte `json:"attestation_public"`
}

func attestEnrolCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "enrol", Short: "Write what an authority needs to certify this TPM's attestation key", Args: cobra.NoArgs,
		Long: "A TPM's endorsement key has its maker's certificate, but it cannot sign; its attestation key signs, but nobody has certified it. An authority\n" +
			"bridges the two once: it reads what this command writes, answers with a credential that only this TPM can open (`attest activate`), and then\n" +
			"certifies the attestation key. Name its certificates in attest.certificates. Governance decides which authorities the chain trusts.",
		RunE: func(cmd *cobra.Command, _ []string) error {
			return withTPM(cmd, func(_ config.Config, device *tpmkey.TPM, ak tpmkey.AttestationKey) error {
				certificate, err := device.ReadIndex(tpmkey.IndexRSA)
				if err != nil {
					return fmt.Errorf("endorsement certificate: %w", err)
				}
				list, err := attest.ParseCertificates(certificate)
				if err != nil {
					return fmt.Errorf("endorsement certificate: %w", err)
				}
				public, err := device.Public(ak)
				if err != nil {
					return err
				}
				return json.NewEncoder(cmd.OutOrStdout()).Encode(enrolment{EndorsementCertificate: list[0], AttestationPublic: public})
			})
		},
	}
	addTPMFlag(c)
	return c
}

func attestActivateCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "activate CREDENTIAL", Short: "Open an authority's credential (base64) with the TPM and print the value in it", Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			blob, err := base64.StdEncoding.DecodeString(args[0])
			if err != nil {
				return fmt.Errorf("the credential is no base64: %w", err)
			}
			return withTPM(cmd, func(_ config.Config, device *tpmkey.TPM, ak tpmkey.AttestationKey) error {
				value, err := device.Activate(ak, blob)
				if err != nil {
					return err
				}
				text := base64.StdEncoding.EncodeToString(value)
				return show(cmd, map[string]string{"value": text}, func(w io.Writer) error {
					_, err := fmt.Fprintln(w, text)
					return err
				})
			})
		},
	}
	addTPMFlag(c)
	return c
}

func addTPMFlag(c *cobra.Command) {
	c.Flags().String("tpm", tpmkey.DefaultAddress, "the TPM: a device, unix:PATH or tcp:HOST:PORT")
}

func withTPM(cmd *cobra.Command, use func(config.Config, *tpmkey.TPM, tpmkey.AttestationKey) error) error {
	cfg, err := load(cmd)
	if err != nil {
		return err
	}
	address, err := cmd.Flags().GetString("tpm")
	if err != nil {
		return err
	}
	device, err := tpmkey.New(address)
	if err != nil {
		return err
	}
	ak, err := attest.ParseHandle(cfg.Attest.TPMKey)
	if err != nil {
		return err
	}
	return use(cfg, device, ak)
}
