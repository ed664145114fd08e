package attest

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/sidecar/chain"
	devicetypes "github.com/joulechain/joule/x/device/types"
)

// ErrRefused means that the chip's answer does not pass the chain's verifier; it was not sent.
var ErrRefused = errors.New("the chain would refuse this evidence")

// Chain is what an attestation needs to know.
type Chain interface {
	Status(ctx context.Context) (chain.Status, error)
	DeviceParams(ctx context.Context) (devicetypes.Params, error)
	Device(ctx context.Context, id []byte) (devicetypes.Device, error)
	Attestation(ctx context.Context, id []byte) (devicetypes.QueryAttestationResponse, bool, error)
	AttestNonce(ctx context.Context, id []byte, kind devicetypes.EvidenceKind, height int64) (devicetypes.QueryAttestNonceResponse, error)
}

// Sender pays for and sends a message; chain.Payer is one.
type Sender interface {
	Send(ctx context.Context, msg sdk.Msg, wait time.Duration) (chain.TxResult, error)
}

// Source is hardware that answers nonces for one device.
type Source interface {
	// Kind is what it proves.
	Kind() devicetypes.EvidenceKind
	// Describe names the hardware in one line.
	Describe() string
	// Answer makes the evidence for a nonce, certificates included.
	Answer(ctx context.Context, nonce [32]byte) (devicetypes.HardwareEvidence, error)
}

// Request is one attestation of one device.
type Request struct {
	Device []byte
	Source Source
	// Sender is the address that pays.
	Sender string
	// Height asks for the nonce of that block; 0 for the newest.
	Height int64
	// Full sends the certificates even where a renewal needs none.
	Full bool
	// Wait bounds how long the transaction's inclusion is waited for.
	Wait time.Duration
}

// Done is an attestation that the chain has taken.
type Done struct {
	DeviceID     string `json:"device_id"`
	Kind         string `json:"kind"`
	Hardware     string `json:"hardware"`
	ChipID       string `json:"chip_id"`
	Renewal      bool   `json:"renewal"`
	NonceHeight  int64  `json:"nonce_height"`
	FromEpoch    uint64 `json:"from_epoch"`
	ExpiresEpoch uint64 `json:"expires_epoch"`
	TxHash       string `json:"tx_hash"`
	GasUsed      int64  `json:"gas_used"`
}

// KindName is nvidia, tpm or none.
func KindName(k devicetypes.EvidenceKind) string {
	switch k {
	case devicetypes.EVIDENCE_KIND_NVIDIA:
		return "nvidia"
	case devicetypes.EVIDENCE_KIND_TPM:
		return "tpm"
	}
	return "none"
}

// Once asks for a nonce, has it answered, checks the answer and sends it. now is the block's time as far as it is
// known.
func Once(ctx context.Context, c Chain, s Sender, r Request, now time.Time) (Done, error) {
	kind := r.Source.Kind()
	out := Done{DeviceID: devicetypes.FormatDeviceID(r.Device), Kind: KindName(kind), Hardware: r.Source.Describe()}
	params, err := c.DeviceParams(ctx)
	if err != nil {
		return out, err
	}
	d, err := c.Device(ctx, r.Device)
	if err != nil {
		return out, err
	}
	last, known, err := c.Attestation(ctx, r.Device)
	if err != nil {
		return out, err
	}
	nonce, err := c.AttestNonce(ctx, r.Device, kind, r.Height)
	if err != nil {
		return out, err
	}
	if len(nonce.Nonce) != 32 {
		return out, fmt.Errorf("the node's nonce has %d bytes and must have 32", len(nonce.Nonce))
	}
	out.NonceHeight = nonce.NonceHeight
	evidence, err := r.Source.Answer(ctx, [32]byte(nonce.Nonce))
	if err != nil {
		return out, fmt.Errorf("%s: %w", out.Hardware, err)
	}
	proven, err := Check(params.Evidence, d, evidence, [32]byte(nonce.Nonce), now)
	if err != nil {
		return out, err
	}
	out.ChipID = hex.EncodeToString(proven.ChipID[:])
	if !r.Full && nonce.Renewal && known && proven.sameAs(last.Attestation) {
		evidence, out.Renewal = withoutCertificates(evidence), true
	}
	if err := awaitBlock(ctx, c, nonce.NonceHeight); err != nil {
		return out, err
	}
	sent, err := s.Send(ctx, &devicetypes.MsgAttest{Sender: r.Sender, DeviceId: out.DeviceID, NonceHeight: nonce.NonceHeight, Evidence: evidence}, r.Wait)
	if err != nil {
		return out, err
	}
	out.TxHash, out.GasUsed = sent.Hash, sent.GasUsed
	if after, known, err := c.Attestation(ctx, r.Device); err == nil && known {
		out.FromEpoch, out.ExpiresEpoch = after.Attestation.FromEpoch, after.Attestation.ExpiresEpoch
	}
	return out, nil
}

// blockPause is the wait between looks for a new block.
const blockPause = 200 * time.Millisecond

// awaitBlock waits for the block after a nonce's: nodes simulate transactions at the height of their newest block,
// where that block's own nonce is not good yet.
func awaitBlock(ctx context.Context, c Chain, height int64) error {
	for {
		st, err := c.Status(ctx)
		if err != nil {
			return err
		}
		if st.Height > height {
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(blockPause):
		}
	}
}

// withoutCertificates is what a renewal sends.
func withoutCertificates(e devicetypes.HardwareEvidence) devicetypes.HardwareEvidence {
	if n := e.GetNvidia(); n != nil {
		return NVIDIAEvidence(nil, n.Report)
	}
	t := e.GetTpm()
	return TPMEvidence(nil, t.Public, t.Attest, t.Signature)
}

// NVIDIAEvidence is a report with the chip's certificates.
func NVIDIAEvidence(certificates [][]byte, report []byte) devicetypes.HardwareEvidence {
	return devicetypes.HardwareEvidence{Kind: &devicetypes.HardwareEvidence_Nvidia{
		Nvidia: &devicetypes.NvidiaEvidence{Certificates: certificates, Report: report},
	}}
}

// TPMEvidence is an attestation key's statement with its certificates.
func TPMEvidence(certificates [][]byte, public, attest, signature []byte) devicetypes.HardwareEvidence {
	return devicetypes.HardwareEvidence{Kind: &devicetypes.HardwareEvidence_Tpm{
		Tpm: &devicetypes.TpmEvidence{Certificates: certificates, Public: public, Attest: attest, Signature: signature},
	}}
}
