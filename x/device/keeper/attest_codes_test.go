package keeper_test

import (
	"encoding/hex"
	"testing"

	"github.com/stretchr/testify/require"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"github.com/joulechain/joule/x/device/testutil"
	"github.com/joulechain/joule/x/device/types"
)

// TestAttestationGRPCCodes: what a client asks wrongly is told from what it may ask again later.
func TestAttestationGRPCCodes(t *testing.T) {
	a := newAttestedWith(newFixture(t), seeds{97: true})
	disk := testutil.NumberedKey(7)
	a.registered(account(2), disk, testutil.ForDisk())
	nonce, height := a.nonce(a.key1, types.EVIDENCE_KIND_NVIDIA)
	_, err := a.send(a.key1, height, a.gpu.Evidence(nonce, false))
	require.NoError(t, err)
	require.NoError(t, a.suspend(account(0), a.key2.Text()))
	ask := func(id string, kind types.EvidenceKind, height int64) error {
		_, err := a.query.AttestNonce(a.ctx, &types.QueryAttestNonceRequest{DeviceId: id, Kind: kind, NonceHeight: height})
		return err
	}
	chip := func(text string) error {
		_, err := a.query.DeviceByChip(a.ctx, &types.QueryDeviceByChipRequest{ChipId: text})
		return err
	}
	attestation := func(id string) error {
		_, err := a.query.Attestation(a.ctx, &types.QueryAttestationRequest{DeviceId: id})
		return err
	}
	const gpu, tpm = types.EVIDENCE_KIND_NVIDIA, types.EVIDENCE_KIND_TPM
	for name, tc := range map[string]struct {
		err  error
		want codes.Code
	}{
		"nonce of no window":        {ask(a.key1.Text(), gpu, 98), codes.FailedPrecondition},
		"nonce of the future":       {ask(a.tpmKey.Text(), tpm, 1_000), codes.FailedPrecondition},
		"nonce already answered":    {ask(a.key1.Text(), gpu, 97), codes.AlreadyExists},
		"nonce of a suspended":      {ask(a.key2.Text(), gpu, 0), codes.FailedPrecondition},
		"nonce for a disk":          {ask(disk.Text(), gpu, 0), codes.InvalidArgument},
		"nonce of no kind":          {ask(a.key1.Text(), 0, 0), codes.InvalidArgument},
		"nonce of no device":        {ask(testutil.NumberedKey(99).Text(), gpu, 0), codes.NotFound},
		"nonce of a bad id":         {ask("joule1x", gpu, 0), codes.InvalidArgument},
		"chip of nobody":            {chip(hex.EncodeToString(make([]byte, types.ChipIDSize))), codes.NotFound},
		"chip id that is none":      {chip("zz"), codes.InvalidArgument},
		"attestation of a disk":     {attestation(disk.Text()), codes.NotFound},
		"attestation of no device":  {attestation(testutil.NumberedKey(99).Text()), codes.NotFound},
		"attestation with a bad id": {attestation(""), codes.InvalidArgument},
	} {
		require.Error(t, tc.err, name)
		require.Equal(t, tc.want, status.Code(tc.err), "%s: %s", name, tc.err)
	}
	for err, want := range map[error]codes.Code{
		types.ErrInvalidEvidence: codes.InvalidArgument, types.ErrEvidenceKind: codes.InvalidArgument, types.ErrEvidenceRefused: codes.InvalidArgument,
		types.ErrInvalidRevocations: codes.InvalidArgument, types.ErrEvidenceReplayed: codes.AlreadyExists, types.ErrNoAttestation: codes.NotFound,
		types.ErrNonceHeight: codes.FailedPrecondition, types.ErrEvidenceRevoked: codes.FailedPrecondition, types.ErrChipTaken: codes.FailedPrecondition,
		types.ErrNotActive: codes.FailedPrecondition, types.ErrChipInForce: codes.FailedPrecondition,
	} {
		require.Equal(t, want, status.Code(err), err.Error())
	}
}
