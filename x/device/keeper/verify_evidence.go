package keeper

import (
	"errors"
	"math"
	"slices"

	"github.com/joulechain/joule/x/device/evidence/nvidia"
	"github.com/joulechain/joule/x/device/evidence/tpm"
	"github.com/joulechain/joule/x/device/evidence/x509chain"
	"github.com/joulechain/joule/x/device/types"
)

const maxEpoch = math.MaxUint64 - 1

// verifyEvidence is pure: it returns what the evidence proves of the device, the identity taken from its certificates
// or, without any, from the last attestation. now is the block's time, which all validators agree on; certificates'
// validity is compared with it. Errors are ErrEvidenceRefused and ErrEvidenceRevoked.
func verifyEvidence(p types.EvidenceParams, e types.HardwareEvidence, d types.Device, last types.Attestation, nonce [32]byte, now int64) (types.Attestation, error) {
	var (
		proven types.Attestation
		err    error
	)
	if n := e.GetNvidia(); n != nil {
		proven, err = verifyNvidia(p.NvidiaPolicy(), n, last, nonce, now)
	} else {
		proven, err = verifyTPM(p.TPMAnchors(), e.GetTpm(), d, last, nonce, now)
	}
	if errors.Is(err, x509chain.ErrRevoked) {
		return proven, types.ErrEvidenceRevoked.Wrap(err.Error())
	}
	if err != nil {
		return proven, types.ErrEvidenceRefused.Wrap(err.Error())
	}
	return proven, nil
}

func verifyNvidia(policy nvidia.Policy, e *types.NvidiaEvidence, last types.Attestation, nonce [32]byte, now int64) (a types.Attestation, err error) {
	var id nvidia.Identity
	if len(e.Certificates) > 0 {
		id, _, err = nvidia.Verify(policy, e.Certificates, nonce, e.Report, now)
	} else {
		id = last.Identity()
		if err = id.Check(policy, now); err == nil {
			_, err = nvidia.VerifyReport(id, nonce, e.Report)
		}
	}
	if err != nil {
		return a, err
	}
	a.SetIdentity(id)
	return a, nil
}

func verifyTPM(anchors tpm.Anchors, e *types.TpmEvidence, d types.Device, last types.Attestation, nonce [32]byte, now int64) (a types.Attestation, err error) {
	var holder tpm.Holder
	if len(e.Certificates) > 0 {
		holder, err = tpm.VerifyAttestationChain(anchors, e.Certificates, now)
	} else {
		holder, err = knownHolder(anchors, last, now)
	}
	if err != nil {
		return a, err
	}
	certified, err := tpm.VerifyCertification(holder.Key, nonce, e.Public, e.Attest, e.Signature)
	if err != nil {
		return a, err
	}
	if string(certified.DeviceKey[:]) != string(d.PublicKey.Key) {
		return a, types.ErrEvidenceKind.Wrapf("the TPM certified the key %x, device %s has %x", certified.DeviceKey, d.Text(), d.PublicKey.Key)
	}
	a.SetHolder(holder)
	return a, nil
}

// knownHolder is the attestation key that the last attestation proved, if its authority is still trusted and its
// certificates are still valid.
func knownHolder(anchors tpm.Anchors, last types.Attestation, now int64) (tpm.Holder, error) {
	key, err := last.AttestationKey()
	if err != nil {
		return tpm.Holder{}, err
	}
	h := tpm.Holder{ID: [types.ChipIDSize]byte(last.ChipId), Key: key, NotAfter: last.NotAfter}
	for _, hash := range last.KeyHashes {
		h.KeyHashes = append(h.KeyHashes, x509chain.KeyHash(hash))
	}
	switch {
	case now > h.NotAfter:
		return h, x509chain.ErrExpired
	case !slices.Contains(anchors.Roots, h.KeyHashes[len(h.KeyHashes)-1]):
		return h, x509chain.ErrRoot
	}
	return h, nil
}
