package keeper_test

import (
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"

	devicetestutil "github.com/joulechain/joule/x/device/testutil"
	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/class/classtest"
	"github.com/joulechain/joule/x/work/types"
)

// toyEvidence signs the first number from start on whose hash is, or is not, what the toy pays for.
func toyEvidence(key devicetestutil.Key, w types.Window, start uint64, valid bool) types.Evidence {
	number := start
	for (classtest.Hash(w.SeedMix, key.ID(), number)[0] == 0) != valid {
		number++
	}
	e := types.Evidence{
		DeviceId: key.ID(), WorkClass: classtest.WorkClass, Window: w.Id, Phase: types.PHASE_PROVE, Payload: binary.BigEndian.AppendUint64(nil, number),
	}
	e.Signature = key.Sign(types.EvidenceSignBytes(chainID, e))
	return e
}

// TestToyClassIsPaid walks CONTRIBUTING's steps for a class: one folder, added to the keeper through the seam, has
// windows, refuses what is wrong, is credited, frozen and paid, and none of the framework's files knows it.
func TestToyClassIsPaid(t *testing.T) {
	c := newChainWith(t, classtest.New, opensAt())
	key := devicetestutil.NumberedKey(77)
	c.devices.Set(devicetypes.Device{
		Id: key.ID(), PublicKey: key.Public, WorkClass: classtest.WorkClass, State: devicetypes.DEVICE_STATE_ACTIVE,
		Bond: sdk.NewInt64Coin(devicetypes.DefaultBondDenom, 1), Generation: 1,
	})
	c.reach(classtest.WindowBlocks + 1)
	windows, err := c.k.LiveWindowsOf(c.ctx, classtest.WorkClass)
	require.NoError(t, err)
	require.Len(t, windows, 1)
	w := windows[0]

	bad := toyEvidence(key, w, 0, false)
	_, err = c.submit(bad)
	require.ErrorIs(t, err, types.ErrBadProof)
	malformed := bad
	malformed.Payload = bad.Payload[1:]
	_, err = c.submit(malformed)
	require.ErrorIs(t, err, types.ErrPayloadSize)
	gone := toyEvidence(key, types.Window{Id: 3, SeedMix: w.SeedMix}, 0, true)
	_, err = c.submit(gone)
	require.ErrorIs(t, err, types.ErrNothingNew)
	require.ErrorContains(t, err, "window 3 is not live")

	res := c.accept(toyEvidence(key, w, 0, true))
	require.Equal(t, uint64(classtest.Units), res[0].Units)
	_, err = c.submit(toyEvidence(key, w, 1<<32, true))
	require.ErrorIs(t, err, types.ErrNothingNew, "one proof a window")

	c.reachEpoch(4)
	windows, err = c.k.LiveWindowsOf(c.ctx, classtest.WorkClass)
	require.NoError(t, err)
	require.Len(t, windows, 1, "windows past their deadline are dropped")
	require.Equal(t, c.pool, c.claim(key), "the only device has the epoch's whole pool")
}

// TestUnknownClassIsRefused: a keeper without the toy takes no evidence of it.
func TestUnknownClassIsRefused(t *testing.T) {
	c := newChain(t)
	key := devicetestutil.NumberedKey(77)
	_, err := c.submit(toyEvidence(key, types.Window{Id: 1}, 0, true))
	require.ErrorIs(t, err, types.ErrUnsupportedClass)
}
