package types_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	collcodec "cosmossdk.io/collections/codec"
	"cosmossdk.io/math"

	"github.com/cosmos/cosmos-sdk/codec"
	"github.com/cosmos/cosmos-sdk/codec/address"
	codectypes "github.com/cosmos/cosmos-sdk/codec/types"
	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/internal/compact"
	"github.com/joulechain/joule/x/internal/compact/compacttest"
)

var accounts = address.NewBech32Codec("joule")

func deviceCodec() collcodec.ValueCodec[types.Device] {
	return types.NewDeviceCodec(codec.NewProtoCodec(codectypes.NewInterfaceRegistry()), accounts)
}

func accountText(n uint64, size int) string {
	text, err := accounts.BytesToString([]byte(fmt.Sprintf("%0*d", size, n)))
	if err != nil {
		panic(err)
	}
	return text
}

// plainDevice is what most devices are: everything the owner's, the first generation, active.
func plainDevice() types.Device {
	pk := types.PublicKey{Type: types.KEY_TYPE_ED25519, Key: []byte(strings.Repeat("k", 32))}
	owner := accountText(1, 20)
	return types.Device{
		Id: types.DeviceID(pk), PublicKey: pk, Owner: owner, Beneficiary: owner, BondPayer: owner, WorkClass: types.WORK_CLASS_GPU,
		Capability: types.Capability{Kind: &types.Capability_Gpu{Gpu: &types.GpuCapability{Model: "NVIDIA H100 80GB HBM3"}}},
		Bond:       sdk.NewInt64Coin(types.DefaultBondDenom, 10_000_000), State: types.DEVICE_STATE_ACTIVE, Generation: 1, RegisteredHeight: 1_000_000,
	}
}

// TestStoredDeviceSize holds the figures of the README.
func TestStoredDeviceSize(t *testing.T) {
	bz, err := deviceCodec().Encode(plainDevice())
	require.NoError(t, err)
	require.Len(t, bz, 91)
}

// TestStoredDevices: whatever a device's fields are, it comes back as it was, and a field that the encoding does not
// know would be missed.
func TestStoredDevices(t *testing.T) {
	rng, c := rand.New(rand.NewPCG(3, 4)), deviceCodec()
	sizes := []int{1, 20, 32, 255}
	text := func() string { return accountText(rng.Uint64N(10), sizes[rng.IntN(len(sizes))]) }
	kinds := []types.Capability{
		{},
		{Kind: &types.Capability_Gpu{Gpu: &types.GpuCapability{Model: "m", MemoryMib: 7}}},
		{Kind: &types.Capability_Disk{Disk: &types.DiskCapability{}}},
		{Kind: &types.Capability_Radio{Radio: &types.RadioCapability{Antenna: "a"}}},
	}
	for i := range 3_000 {
		var d types.Device
		compacttest.Fill(rng, text, &d)
		d.Id, d.Capability = types.DeviceID(d.PublicKey), kinds[rng.IntN(len(kinds))]
		usual(rng, &d)
		bz, err := c.Encode(d)
		require.NoError(t, err, "%d: %+v", i, d)
		back, err := c.Decode(bz)
		require.NoError(t, err, "%d: %+v", i, d)
		require.Equal(t, d, back)
	}
}

// usual sets some fields to what most devices have.
func usual(rng *rand.Rand, d *types.Device) {
	for _, set := range []func(){
		func() { d.Beneficiary = d.Owner }, func() { d.BondPayer = d.Owner }, func() { d.PendingOwner = "" }, func() { d.Generation = 1 },
		func() { d.Bond.Denom = types.DefaultBondDenom }, func() { d.Bond.Amount = math.ZeroInt() }, func() { d.UnbondingEpoch = 0 },
		func() { d.SuspensionReason = 0 }, func() { d.SuspendedUntilEpoch = 0 }, func() { d.RegisteredHeight = -d.RegisteredHeight },
		func() { d.PublicKey.Key = nil; d.Id = types.DeviceID(d.PublicKey) },
	} {
		if rng.IntN(2) == 0 {
			set()
		}
	}
}

func TestDevicesThatAreNotStored(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*types.Device)
		want   string
	}{
		"another id":       {func(d *types.Device) { d.Id[0]++ }, "is not the key's"},
		"no owner":         {func(d *types.Device) { d.Owner = "" }, "owner"},
		"another network":  {func(d *types.Device) { d.Beneficiary = "cosmos1fl48vsnmsdzcv85q5d2q4z5ajdha8yu34mf0eh" }, "beneficiary"},
		"another text":     {func(d *types.Device) { d.BondPayer = strings.ToUpper(accountText(2, 20)) }, "bond_payer"},
		"no address":       {func(d *types.Device) { d.PendingOwner = "x" }, "pending_owner"},
		"a negative bond":  {func(d *types.Device) { d.Bond.Amount = math.NewInt(-1) }, "bond.amount is -1"},
		"an upper-case me": {func(d *types.Device) { d.Owner = strings.ToUpper(d.Owner) }, "is not canonical"},
	} {
		t.Run(name, func(t *testing.T) {
			d := plainDevice()
			c.change(&d)
			_, err := deviceCodec().Encode(d)
			require.ErrorContains(t, err, c.want)
		})
	}
}

// TestTamperedDevices: bytes that are cut, longer or changed are refused or are another device's one encoding.
func TestTamperedDevices(t *testing.T) {
	c := deviceCodec()
	bz, err := c.Encode(plainDevice())
	require.NoError(t, err)
	for n := range bz {
		_, err := c.Decode(bz[:n])
		require.ErrorIs(t, err, compact.ErrEncoding, "%d of %d bytes", n, len(bz))
	}
	_, err = c.Decode(append(bz[:len(bz):len(bz)], 0))
	require.ErrorIs(t, err, compact.ErrEncoding)
	for i := range bz {
		for bit := range 8 {
			other := append([]byte(nil), bz...)
			other[i] ^= 1 << bit
			requireCanonical(t, c, other)
		}
	}
	// A flag may only name what is unusual: here the beneficiary is the owner.
	owner, err := accounts.StringToBytes(plainDevice().Owner)
	require.NoError(t, err)
	doubled := append(append([]byte{1}, bz[1:]...), append([]byte{20}, owner...)...)
	_, err = c.Decode(doubled)
	require.ErrorContains(t, err, "flags name a field that has its usual value")
}

func requireCanonical[T any](t testing.TB, c collcodec.ValueCodec[T], bz []byte) {
	v, err := c.Decode(bz)
	if err != nil {
		require.ErrorIs(t, err, compact.ErrEncoding)
		return
	}
	again, err := c.Encode(v)
	require.NoError(t, err)
	require.Equal(t, bz, again)
}

// FuzzStoredDevice: no bytes panic, and those that are read are the device's one encoding.
func FuzzStoredDevice(f *testing.F) {
	c := deviceCodec()
	bz, err := c.Encode(plainDevice())
	require.NoError(f, err)
	f.Add(bz)
	f.Fuzz(func(t *testing.T, bz []byte) { requireCanonical(t, c, bz) })
}
