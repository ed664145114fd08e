package apptest

import (
	"fmt"
	"testing"

	dbm "github.com/cosmos/cosmos-db"
	"github.com/stretchr/testify/require"

	"cosmossdk.io/collections"

	sdk "github.com/cosmos/cosmos-sdk/types"
	authtypes "github.com/cosmos/cosmos-sdk/x/auth/types"
	banktypes "github.com/cosmos/cosmos-sdk/x/bank/types"

	"github.com/joulechain/joule/app"
	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/radio"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// statePart names what lies under one store's prefix.
type statePart struct {
	store  string
	prefix collections.Prefix
}

// stateParts are the parts that grow with devices, by the names under which BenchmarkStatePerDevice reports them.
var stateParts = []struct {
	name  string
	parts []statePart
}{
	{"device", []statePart{{devicetypes.StoreKey, devicetypes.DevicesPrefix}}},
	{"index", []statePart{{devicetypes.StoreKey, devicetypes.DevicesByAccountPrefix}}},
	{"work", []statePart{{worktypes.StoreKey, worktypes.DevicesPrefix}}},
	{"radio", []statePart{
		{worktypes.StoreKey, worktypes.RadiosPrefix}, {worktypes.StoreKey, worktypes.RadioNumbersPrefix}, {worktypes.StoreKey, worktypes.RadioPlacesPrefix},
	}},
	{"edges", []statePart{{worktypes.StoreKey, worktypes.RadioEdgesPrefix}}},
	{"beacons", []statePart{{worktypes.StoreKey, worktypes.RadioBeaconsPrefix}, {worktypes.StoreKey, worktypes.RadioPayloadsPrefix}}},
}

// BenchmarkStatePerDevice reports what a registered, working device of each class takes: the keys and values by part
// and in sum (state), and everything that the database holds for it, the tree's nodes included. The operation is
// reading a device and its record. The last one reports what an account takes that owns devices, however many.
func BenchmarkStatePerDevice(b *testing.B) {
	b.Run("gpu", func(b *testing.B) { statePerDevice(b, 20_000, (*Chain).writeDevice) })
	b.Run("disk", func(b *testing.B) { statePerDevice(b, 20_000, (*Chain).writeDisk) })
	b.Run("radio", func(b *testing.B) { statePerDevice(b, 1_000, (*Chain).writeRadio) })
	b.Run("owner", func(b *testing.B) {
		const n = 1_000
		c := New(b, Options{Validators: 1, Variants: Variants[:1]})
		size := func() int { return c.storeBytes(authtypes.StoreKey, nil) + c.storeBytes(banktypes.StoreKey, nil) }
		before := size()
		ctx := c.App().NewUncachedContext(false, c.header(c.height))
		for i := range n {
			coins := sdk.NewCoins(sdk.NewInt64Coin(app.BaseDenom, 123_456_789))
			require.NoError(b, c.App().BankKeeper.SendCoins(ctx, c.Accounts[0].Address, seed("owner", i)[:20], coins))
		}
		c.Blocks(1)
		after := size()
		for b.Loop() {
			_ = c.App().BankKeeper.GetBalance(c.Ctx(), seed("owner", 0)[:20], app.BaseDenom)
		}
		b.ReportMetric(float64(after-before)/n, "state-B/owner")
	})
}

func statePerDevice(b *testing.B, n int, write func(*Chain, sdk.Context, uint64)) {
	c := New(b, Options{Validators: 1, Variants: Variants[:1]})
	before, keysBefore := databaseBytes(b, c.nodes[0].db), c.partBytes()
	c.populate(n, func(ctx sdk.Context, i uint64) { write(c, ctx, i) })
	// The block that commits them writes a little of its own; against n devices it does not count.
	after, keysAfter := databaseBytes(b, c.nodes[0].db), c.partBytes()
	ctx := c.Ctx()
	for i := 0; b.Loop(); i++ {
		_, id := crowdKey(uint64(i % n))
		_, err := c.App().DeviceKeeper.GetDevice(ctx, id)
		require.NoError(b, err)
		_, _, err = c.App().WorkKeeper.Claimable(ctx, id)
		require.NoError(b, err)
	}
	sum := 0
	for i, part := range stateParts {
		grown := keysAfter[i] - keysBefore[i]
		if grown > 0 {
			b.ReportMetric(float64(grown)/float64(n), fmt.Sprintf("%s-B/device", part.name))
		}
		sum += grown
	}
	b.ReportMetric(float64(sum)/float64(n), "state-B/device")
	b.ReportMetric(float64(after-before)/float64(n), "database-B/device")
}

// partBytes are the keys and values of stateParts.
func (c *Chain) partBytes() []int {
	total := make([]int, len(stateParts))
	for i, named := range stateParts {
		for _, p := range named.parts {
			total[i] += c.storeBytes(p.store, p.prefix.Bytes())
		}
	}
	return total
}

func databaseBytes(b *testing.B, db dbm.DB) (total int) {
	it, err := db.Iterator(nil, nil)
	require.NoError(b, err)
	defer it.Close()
	for ; it.Valid(); it.Next() {
		total += len(it.Key()) + len(it.Value())
	}
	return total
}

// storeBytes are the keys and values under a prefix of one byte, or of the whole store.
func (c *Chain) storeBytes(store string, prefix []byte) (total int) {
	var end []byte
	if len(prefix) == 1 {
		end = []byte{prefix[0] + 1}
	}
	it := c.Ctx().KVStore(c.App().StoreKey(store)).Iterator(prefix, end)
	for ; it.Valid(); it.Next() {
		total += len(it.Key()) + len(it.Value())
	}
	require.NoError(c.t, it.Close())
	return total
}

// writeDisk writes a disk with a claim in effect and one that follows.
func (c *Chain) writeDisk(ctx sdk.Context, i uint64) {
	pk, id := crowdKey(i)
	c.register(ctx, i, pk, devicetypes.WORK_CLASS_DISK, devicetypes.Capability{
		Kind: &devicetypes.Capability_Disk{Disk: &devicetypes.DiskCapability{Medium: "HGST 10 TB, USB", CapacityGib: 9_313}},
	})
	record := crowdRecord(devicetypes.WORK_CLASS_DISK, id)
	record.LastProvenEpoch = 1_002
	for e := range uint32(2) {
		record.Claims = append(record.Claims, worktypes.DiskClaim{Plots: 9_900 + e, K: 28, Strength: 10, FromEpoch: uint64(900 + 104*e)})
	}
	require.NoError(c.t, c.App().WorkKeeper.Devices.Set(ctx, record))
}

// writeRadio writes a radio in a dense place: eight beacons with 14 witnesses each, 24 paid edges, 16 verdicts.
func (c *Chain) writeRadio(ctx sdk.Context, i uint64) {
	k := c.App().WorkKeeper
	pk, id := crowdKey(i)
	number, hash := uint32(i+1), seed("hash", int(i))
	c.register(ctx, i, pk, devicetypes.WORK_CLASS_RADIO, devicetypes.Capability{
		Kind: &devicetypes.Capability_Radio{Radio: &devicetypes.RadioCapability{Gateway: "RAK7268V2", Antenna: "5.8 dBi fibreglass"}},
	})
	record := crowdRecord(devicetypes.WORK_CLASS_RADIO, id)
	record.LastProvenEpoch = 1_002
	part := record.RadioPart()
	part.Revealed, part.HeardSeconds, part.HearingSeconds, part.ActiveEpoch = hash[:radio.PreimageSize], 1_780_000_000, 1_779_996_400, 1_002
	edges := worktypes.RadioEdges{Number: number, Week: 5}
	for e := range uint64(2) {
		part.Commit(1_001+e, hash)
	}
	for v := range uint32(worktypes.MaxRadioVerdicts) {
		part.SetVerdict(worktypes.RadioVerdict{Epoch: uint64(1_001 + v/8), Beaconer: 50_000 + v*17, Reason: v % 3 * 18, Units: 35_000})
	}
	for w := range uint32(24) {
		edges.Add(50_000 + w)
	}
	position := radio.Position{LatitudeE7: 462_000_000 + int32(i), LongitudeE7: 61_500_000}
	cell, err := radio.CellOf(position, worktypes.RadioDensityCell)
	require.NoError(c.t, err)
	assertion := worktypes.RadioAssertion{
		LatitudeE7: position.LatitudeE7, LongitudeE7: position.LongitudeE7, Gain: 58, Region: 1, Cell: uint64(cell), AnchorEpoch: 800, Anchor: hash[:radio.PreimageSize],
		FromEpoch: 801, CountsEpoch: 801,
	}
	require.NoError(c.t, k.Devices.Set(ctx, record))
	require.NoError(c.t, k.Radio.Radios.Set(ctx, id, worktypes.Radio{
		DeviceId: id, Number: number, Assertions: []worktypes.RadioAssertion{assertion}, Generation: 1, CountedCell: uint64(cell), AssertedEpoch: 799,
	}))
	require.NoError(c.t, k.Radio.Numbers.Set(ctx, number, id))
	require.NoError(c.t, k.Radio.Places.Set(ctx, collections.Join(uint64(cell), number)))
	require.NoError(c.t, k.Radio.Edges.Set(ctx, number, edges))
	for e := range uint64(worktypes.RadioRecordEpochs) {
		beacon := worktypes.RadioBeacon{
			Epoch: 995 + e, Number: number, Payload: append([]byte{byte(e)}, hash[:radio.PayloadSize-1]...), Channel: 3, Units: 1 << 20, Scale: 1 << 29,
		}
		for w := range uint32(radio.MaxWitnesses) {
			beacon.Witnesses = append(beacon.Witnesses, worktypes.RadioWitness{
				Number: 50_000 + w*17, Units: 35_000, Millimetres: 4_200_000, Readings: hash[:worktypes.RadioReadingsSize],
			})
		}
		require.NoError(c.t, k.Radio.Beacons.Set(ctx, collections.Join(worktypes.RadioRecordSlot(beacon.Epoch), number), beacon))
		payload := beacon.Beacon().PayloadHash()
		require.NoError(c.t, k.Radio.Payloads.Set(ctx, payload[:], uint64(number)<<8|uint64(worktypes.RadioRecordSlot(beacon.Epoch))))
	}
}
