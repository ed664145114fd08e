package cmd

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"github.com/joulechain/joule/sidecar/attest"
	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/process"
	devicetypes "github.com/joulechain/joule/x/device/types"
)

func attestCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "attest", Short: "Show the chain what hardware a device has", Args: cobra.NoArgs,
		Long: "Asks the chain for a nonce, lets the device's TPM or card answer it, checks the answer with the chain's own verifier, and sends it. The\n" +
			"running sidecar does the same before an attestation expires, for every device with an attest key. The relayer's account pays the fee\n" +
			"unless another signer is named. What a statement proves and what it does not: x/device/evidence/SPEC.md, section 5.",
		Example: "  joule-sidecar attest                       # every device with an attest key\n" +
			"  joule-sidecar attest nonce --device gpu0   # for a chip that is asked elsewhere, then:\n" +
			"  joule-sidecar attest --device gpu0 --height 1234 --report report.bin --chain chain.pem",
		RunE: runAttest,
	}
	addSignerFlags(c)
	c.Flags().StringSlice("device", nil, "names of configured devices; default those with an attest key")
	c.Flags().String("report", "", "an NVIDIA attestation report that was made elsewhere; needs --chain and --height")
	c.Flags().String("chain", "", "the chip's five certificates, PEM or DER, leaf first")
	c.Flags().Int64("height", 0, "the block whose nonce is answered; 0 for the newest")
	c.Flags().Bool("certificates", false, "send the certificates although the chain has them")
	c.AddCommand(attestNonceCommand(), attestEnrolCommand(), attestActivateCommand())
	return c
}

func runAttest(cmd *cobra.Command, _ []string) error {
	cfg, err := load(cmd)
	if err != nil {
		return err
	}
	devices, err := attestable(cmd, cfg)
	if err != nil {
		return err
	}
	p, err := newPayer(cmd, cfg)
	if err != nil {
		return err
	}
	defer p.client.Close()
	out := []attest.Done{}
	for _, d := range devices {
		done, err := attestDevice(cmd, cfg, p, d)
		if err != nil {
			return fmt.Errorf("device %s: %w", d.Name, err)
		}
		out = append(out, done)
	}
	return show(cmd, out, func(w io.Writer) error {
		for _, d := range out {
			what := "certificates and statement"
			if d.Renewal {
				what = "statement"
			}
			fmt.Fprintf(w, "%s: %s attested, chip %s (%s), counts from epoch %d and expires with epoch %d\n", d.DeviceID, d.Hardware, d.ChipID, what,
				d.FromEpoch, d.ExpiresEpoch)
			fmt.Fprintf(w, "transaction: %s, gas %d\n", d.TxHash, d.GasUsed)
		}
		return nil
	})
}

// attestable are the devices that the flags name, or those with an attest key.
func attestable(cmd *cobra.Command, cfg config.Config) ([]config.Device, error) {
	devices, err := chosen(cmd, cfg)
	if err != nil || cmd.Flags().Changed("device") {
		return devices, err
	}
	var out []config.Device
	for _, d := range devices {
		if d.Attest != "" {
			out = append(out, d)
		}
	}
	if len(out) == 0 {
		return nil, errors.New("no device has an attest key: set it to tpm or nvidia in its [[device]] block, or name a device")
	}
	return out, nil
}

func attestDevice(cmd *cobra.Command, cfg config.Config, p *payer, d config.Device) (attest.Done, error) {
	s, err := keys.LoadDevice(cfg.Path(d.KeyFile), passphrase(cfg))
	if err != nil {
		return attest.Done{}, err
	}
	source, err := sourceOf(cmd, cfg, d, s)
	if err != nil {
		return attest.Done{}, err
	}
	height, _ := cmd.Flags().GetInt64("height")
	full, _ := cmd.Flags().GetBool("certificates")
	now := time.Now()
	if head, err := p.client.Status(cmd.Context()); err == nil {
		now = head.Time
	}
	return attest.Once(cmd.Context(), p.client, p.pay, attest.Request{
		Device: s.DeviceID(), Source: source, Sender: p.address(), Height: height, Full: full, Wait: p.wait,
	}, now)
}

// sourceOf is what the flags name, or the device's hardware.
func sourceOf(cmd *cobra.Command, cfg config.Config, d config.Device, s keys.Signer) (attest.Source, error) {
	report, _ := cmd.Flags().GetString("report")
	certificates, _ := cmd.Flags().GetString("chain")
	height, _ := cmd.Flags().GetInt64("height")
	switch {
	case report == "" && certificates == "":
		return process.AttestSource(cfg, d, s, d.Attest)
	case report == "" || certificates == "" || height == 0:
		return nil, errors.New("--report, --chain and --height go together: the report answers the nonce of that height (`attest nonce`)")
	}
	return &attest.FileSource{Report: report, Chain: certificates}, nil
}

func attestNonceCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "nonce", Short: "Ask which nonce a device's chip has to answer, and until when", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cfg, err := load(cmd)
			if err != nil {
				return err
			}
			devices, err := chosen(cmd, cfg)
			if err != nil {
				return err
			}
			if len(devices) != 1 {
				return errors.New("name one device with --device")
			}
			kind, err := kindOf(cmd)
			if err != nil {
				return err
			}
			return askNonce(cmd, cfg, devices[0], kind)
		},
	}
	c.Flags().StringSlice("device", nil, "name of the device")
	c.Flags().String("kind", config.AttestNVIDIA, "what will be proven: nvidia or tpm")
	return c
}

func kindOf(cmd *cobra.Command) (devicetypes.EvidenceKind, error) {
	switch text, err := cmd.Flags().GetString("kind"); {
	case err != nil:
		return 0, err
	case text == config.AttestNVIDIA:
		return devicetypes.EVIDENCE_KIND_NVIDIA, nil
	case text == config.AttestTPM:
		return devicetypes.EVIDENCE_KIND_TPM, nil
	default:
		return 0, fmt.Errorf("--kind is %q and must be nvidia or tpm", text)
	}
}

func askNonce(cmd *cobra.Command, cfg config.Config, d config.Device, kind devicetypes.EvidenceKind) error {
	s, err := keys.LoadDevice(cfg.Path(d.KeyFile), passphrase(cfg))
	if err != nil {
		return err
	}
	client, err := process.NewClient(cfg, nil)
	if err != nil {
		return err
	}
	defer client.Close()
	n, err := client.AttestNonce(cmd.Context(), s.DeviceID(), kind, 0)
	if err != nil {
		return err
	}
	out := map[string]any{"nonce": hex.EncodeToString(n.Nonce), "height": n.NonceHeight, "valid_until_height": n.ValidUntilHeight, "renewal": n.Renewal}
	return show(cmd, out, func(w io.Writer) error {
		_, err := fmt.Fprintf(w, "nonce   %s\nheight  %d, good until %d\n", out["nonce"], n.NonceHeight, n.ValidUntilHeight)
		return err
	})
}

// attestedOnChain reads what the chain holds of a device's hardware; nil where there is nothing.
func attestedOnChain(ctx context.Context, client attest.Chain, id []byte) (*attestedText, error) {
	a, known, err := client.Attestation(ctx, id)
	if err != nil || !known {
		return nil, err
	}
	return &attestedText{
		Kind: attest.KindName(a.Attestation.Kind), ChipID: a.ChipId, InForce: a.InForce, FromEpoch: a.Attestation.FromEpoch,
		ExpiresEpoch: a.Attestation.ExpiresEpoch, CurrentEpoch: a.CurrentEpoch, TierPpm: a.TierPpm, Revoked: a.Revoked,
	}, nil
}

// attestedText is a device's attestation on chain.
type attestedText struct {
	Kind         string `json:"kind"`
	ChipID       string `json:"chip_id"`
	InForce      bool   `json:"in_force"`
	FromEpoch    uint64 `json:"from_epoch"`
	ExpiresEpoch uint64 `json:"expires_epoch"`
	CurrentEpoch uint64 `json:"current_epoch"`
	TierPpm      uint32 `json:"tier_ppm"`
	Revoked      bool   `json:"revoked"`
}

// String is one line for people.
func (a *attestedText) String() string {
	state := "not in force"
	switch {
	case a.Revoked:
		state = "revoked"
	case a.InForce:
		state = fmt.Sprintf("in force until epoch %d, tier %.3f", a.ExpiresEpoch, float64(a.TierPpm)/1e6)
	case a.CurrentEpoch < a.FromEpoch:
		state = fmt.Sprintf("counts from epoch %d on", a.FromEpoch)
	}
	return fmt.Sprintf("%s chip %.16s…: %s (epoch %d)", a.Kind, a.ChipID, state, a.CurrentEpoch)
}
