package apptest

import (
	"testing"

	"github.com/stretchr/testify/require"

	devicekeeper "github.com/joulechain/joule/x/device/keeper"
	devicetestutil "github.com/joulechain/joule/x/device/testutil"
	devicetypes "github.com/joulechain/joule/x/device/types"
)

// attestGas is enough for a chip's five certificates and its report.
const attestGas = 5_000_000

// attest makes blocks until a GPU window's seed may be answered, and returns the chip's answer for the device.
func (c *Chain) attest(m *Member, chip devicetestutil.GPU, renewal bool) *devicetypes.MsgAttest {
	c.t.Helper()
	var res *devicetypes.QueryAttestNonceResponse
	c.BlocksUntil(300, func() bool {
		var err error
		res, err = devicekeeper.NewQueryServer(c.App().DeviceKeeper).AttestNonce(c.Ctx(),
			&devicetypes.QueryAttestNonceRequest{DeviceId: m.Text(), Kind: devicetypes.EVIDENCE_KIND_NVIDIA})
		return err == nil
	})
	require.GreaterOrEqual(c.t, res.ValidUntilHeight, c.Height()+1)
	return &devicetypes.MsgAttest{
		Sender: m.Owner.Address.String(), DeviceId: m.Text(), NonceHeight: res.NonceHeight, Evidence: chip.Evidence([32]byte(res.Nonce), renewal),
	}
}

// TestAttestedDevicesEarnMore: a chip vouches for one of two devices that do the same work, on differently-run apps; a
// replay, a forgery and a second device with the same chip are refused in the same block.
func TestAttestedDevicesEarnMore(t *testing.T) {
	chip, owner, other := devicetestutil.NewGPU("app", "GH100"), NewAccount("account", 0), NewAccount("account", 1)
	raised, plain := NewMember(1, owner, 3), NewMember(2, other, 3)
	work := workGenesis(raised, plain)
	c := New(t, Options{Genesis: func(g *Genesis) {
		work(g)
		Edit(g, devicetypes.ModuleName, func(s *devicetypes.GenesisState) {
			s.Params.Evidence.NvidiaRoots = append(s.Params.Evidence.NvidiaRoots, chip.Root())
			s.Params.Evidence.NvidiaTierPpm = 2_000_000
		})
	}})
	first := c.attest(raised, chip, false)
	forged := c.attest(plain, chip, false)
	forged.Evidence.GetNvidia().Report[50] ^= 1
	second := c.attest(plain, chip, false)
	relayed := *first
	relayed.Sender = other.Address.String()
	res := c.Block(c.PayGas(owner, attestGas, first))
	require.Zero(t, res[0].Code, res[0].Log)
	require.Greater(t, res[0].GasUsed, int64(3_000_000))
	// The proposer orders them as it likes.
	codes := map[uint32]bool{}
	for i, r := range c.Block(c.PayGas(other, attestGas, forged), c.PayGas(other, attestGas, &relayed), c.PayGas(other, attestGas, second)) {
		require.Greater(t, r.GasUsed, int64(3_000_000), "transaction %d pays for its verification: %s", i, r.Log)
		codes[r.Code] = true
	}
	require.Equal(t, map[uint32]bool{
		devicetypes.ErrEvidenceRefused.ABCICode(): true, devicetypes.ErrEvidenceReplayed.ABCICode(): true, devicetypes.ErrChipTaken.ABCICode(): true,
	}, codes)
	c.Work(160, raised, plain)
	require.Greater(t, c.Earned(raised).Int64(), c.Earned(plain).Int64()*3/2)
	require.Less(t, c.Earned(raised).Int64(), c.Earned(plain).Int64()*2+2)
	c.RequireInvariants()
	broken, err := c.App().DeviceKeeper.CheckInvariants(c.Ctx())
	require.NoError(t, err)
	require.Empty(t, broken)

	renewal := c.PayGas(owner, attestGas, c.attest(raised, chip, true))
	res = c.Block(renewal)
	require.Zero(t, res[0].Code, res[0].Log)
	require.Less(t, res[0].GasUsed, int64(1_000_000), "a renewal costs one signature")
	c.Replay()
	next := c.ExportImport(Variants[:2])
	next.Work(40, raised, plain)
	next.RequireInvariants()
}
