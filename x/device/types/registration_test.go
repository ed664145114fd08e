package types_test

import (
	"bytes"
	"encoding/binary"
	"encoding/hex"
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"

	"github.com/joulechain/joule/x/device/testutil"
	"github.com/joulechain/joule/x/device/types"
)

const chainID = "joule-test-1"

func registration(kt types.KeyType) types.Registration {
	return testutil.Registration(chainID, "joule1owner", testutil.NewKey(kt, []byte("reg")), testutil.WithBeneficiary("joule1paid"), testutil.WithBondPayer("joule1owner"))
}

// tampers change one field of a registration each, in every way that might slip through an encoding.
var tampers = map[string][]func(*types.Registration){
	"Owner": {
		func(r *types.Registration) { r.Owner += "x" },
		func(r *types.Registration) { r.Owner = "" },
		func(r *types.Registration) { r.Owner, r.Beneficiary = r.Owner+r.Beneficiary[:1], r.Beneficiary[1:] },
	},
	"PublicKey": {
		func(r *types.Registration) { r.PublicKey = testutil.NumberedKey(77).Public },
		func(r *types.Registration) {
			r.PublicKey.Type = r.PublicKey.Type%3 + 1
		},
	},
	"WorkClass": {func(r *types.Registration) { r.WorkClass = types.WORK_CLASS_DISK }, func(r *types.Registration) { r.WorkClass = 0 }},
	"Capability": {
		func(r *types.Registration) { r.Capability.GetGpu().Model += " Ti" },
		func(r *types.Registration) { r.Capability.GetGpu().MemoryMib++ },
		func(r *types.Registration) { r.Capability.Kind = nil },
		func(r *types.Registration) { r.Capability.Kind = &types.Capability_Gpu{} },
		func(r *types.Registration) { r.Capability.Kind = &types.Capability_Gpu{Gpu: &types.GpuCapability{}} },
		func(r *types.Registration) {
			gpu := r.Capability.GetGpu()
			r.Capability.Kind = &types.Capability_Disk{Disk: &types.DiskCapability{Medium: gpu.Model, CapacityGib: gpu.MemoryMib}}
		},
	},
	"Beneficiary": {func(r *types.Registration) { r.Beneficiary = r.Owner }, func(r *types.Registration) { r.Beneficiary = "" }},
	"Bond": {
		func(r *types.Registration) { r.Bond.Amount = r.Bond.Amount.AddRaw(1) },
		func(r *types.Registration) { r.Bond.Amount = math.Int{} },
		func(r *types.Registration) { r.Bond.Amount = r.Bond.Amount.Neg() },
		func(r *types.Registration) { r.Bond.Denom = "uatom" },
	},
	// An empty payer and the owner mean the same, yet they are different statements.
	"BondPayer":    {func(r *types.Registration) { r.BondPayer = "joule1paid" }, func(r *types.Registration) { r.BondPayer = "" }},
	"Generation":   {func(r *types.Registration) { r.Generation++ }, func(r *types.Registration) { r.Generation = 1 << 63 }},
	"ExpiryHeight": {func(r *types.Registration) { r.ExpiryHeight++ }, func(r *types.Registration) { r.ExpiryHeight = -r.ExpiryHeight }},
	"Signature": {
		func(r *types.Registration) { r.Signature[0] ^= 1 }, func(r *types.Registration) { r.Signature[63] ^= 1 },
		func(r *types.Registration) { r.Signature = nil }, func(r *types.Registration) { r.Signature = append(r.Signature, 0) },
	},
}

func TestEveryFieldIsSigned(t *testing.T) {
	fields := reflect.TypeFor[types.Registration]()
	require.Equal(t, fields.NumField(), len(tampers), "a field of Registration has no tamper test")
	for i := range fields.NumField() {
		name := fields.Field(i).Name
		require.NotEmpty(t, tampers[name], name)
		for _, kt := range keyTypes {
			for n, tamper := range tampers[name] {
				r := registration(kt)
				require.NoError(t, r.VerifySignature(chainID))
				tamper(&r)
				require.Error(t, r.VerifySignature(chainID), "%s: tamper %d of %s holds", kt, n, name)
			}
			r := registration(kt)
			require.ErrorIs(t, r.VerifySignature(chainID+"1"), types.ErrInvalidSignature)
			require.ErrorIs(t, r.VerifySignature(""), types.ErrInvalidSignature)
		}
	}
}

// All tampered registrations, and the untouched one, have bytes of their own.
func TestSignBytesAreInjective(t *testing.T) {
	seen := map[string]string{string(types.RegistrationSignBytes(chainID, registration(types.KEY_TYPE_ED25519))): "untouched"}
	for name, all := range tampers {
		if name == "Signature" {
			continue
		}
		for i, tamper := range all {
			r := registration(types.KEY_TYPE_ED25519)
			tamper(&r)
			text := string(types.RegistrationSignBytes(chainID, r))
			require.NotContains(t, seen, text, "%s: tamper %d has the bytes of %s", name, i, seen[text])
			seen[text] = name
		}
	}
}

// The README's list, written a second time by hand.
func TestSignBytesGolden(t *testing.T) {
	r := types.Registration{
		Owner: "joule1owner", PublicKey: types.PublicKey{Type: types.KEY_TYPE_ED25519, Key: bytes.Repeat([]byte{0xab}, 32)},
		WorkClass:   types.WORK_CLASS_GPU,
		Capability:  types.Capability{Kind: &types.Capability_Gpu{Gpu: &types.GpuCapability{Model: "card", MemoryMib: 8192}}},
		Beneficiary: "joule1paid", Bond: sdk.NewInt64Coin("ujoule", 10_000_000), Generation: 2, ExpiryHeight: 12345,
	}
	var want []byte
	text := func(s string) {
		want = binary.BigEndian.AppendUint32(want, uint32(len(s)))
		want = append(want, s...)
	}
	text("joule/device/registration/v1")
	text("joule-test-1")
	text("joule1owner")
	want = append(want, 0, 0, 0, 1)
	text(string(bytes.Repeat([]byte{0xab}, 32)))
	want = append(want, 0, 0, 0, 1)
	want = append(want, 1)
	want = append(want, 0, 0, 0, 12, 0, 0, 0, 4, 'c', 'a', 'r', 'd', 0, 0, 0x20, 0)
	text("joule1paid")
	text("ujoule")
	text("10000000")
	text("")
	want = append(want, 0, 0, 0, 0, 0, 0, 0, 2)
	want = append(want, 0, 0, 0, 0, 0, 0, 0x30, 0x39)
	require.Equal(t, hex.EncodeToString(want), hex.EncodeToString(types.RegistrationSignBytes("joule-test-1", r)))
	require.Len(t, want, 180)

	r.WorkClass = types.WORK_CLASS_DISK
	r.Capability.Kind = &types.Capability_Disk{Disk: &types.DiskCapability{Medium: "HDD", CapacityGib: 9_313}}
	disk := bytes.Replace(want, []byte{0, 0, 0, 1, 1, 0, 0, 0, 12, 0, 0, 0, 4, 'c', 'a', 'r', 'd', 0, 0, 0x20, 0},
		[]byte{0, 0, 0, 2, 2, 0, 0, 0, 11, 0, 0, 0, 3, 'H', 'D', 'D', 0, 0, 0x24, 0x61}, 1)
	require.Equal(t, hex.EncodeToString(disk), hex.EncodeToString(types.RegistrationSignBytes("joule-test-1", r)))

	r.WorkClass = types.WORK_CLASS_RADIO
	r.Capability.Kind = &types.Capability_Radio{Radio: &types.RadioCapability{Gateway: "RAK", Antenna: "5dBi"}}
	radio := bytes.Replace(disk, []byte{0, 0, 0, 2, 2, 0, 0, 0, 11, 0, 0, 0, 3, 'H', 'D', 'D', 0, 0, 0x24, 0x61},
		[]byte{0, 0, 0, 3, 3, 0, 0, 0, 15, 0, 0, 0, 3, 'R', 'A', 'K', 0, 0, 0, 4, '5', 'd', 'B', 'i'}, 1)
	require.Equal(t, hex.EncodeToString(radio), hex.EncodeToString(types.RegistrationSignBytes("joule-test-1", r)))
}

func TestCapabilityFitsTheClass(t *testing.T) {
	disk := func(medium string) types.Capability {
		return types.Capability{Kind: &types.Capability_Disk{Disk: &types.DiskCapability{Medium: medium}}}
	}
	gpu := types.Capability{Kind: &types.Capability_Gpu{Gpu: &types.GpuCapability{}}}
	radio := func(gateway, antenna string) types.Capability {
		return types.Capability{Kind: &types.Capability_Radio{Radio: &types.RadioCapability{Gateway: gateway, Antenna: antenna}}}
	}
	require.NoError(t, radio("", strings.Repeat("x", types.MaxRadioTextLength)).ValidateFor(types.WORK_CLASS_RADIO))
	require.NoError(t, disk("").ValidateFor(types.WORK_CLASS_DISK))
	require.NoError(t, disk(strings.Repeat("x", types.MaxMediumLength)).ValidateFor(types.WORK_CLASS_DISK))
	require.NoError(t, gpu.ValidateFor(types.WORK_CLASS_GPU))
	for name, tc := range map[string]struct {
		capability types.Capability
		class      types.WorkClass
		text       string
	}{
		"a GPU's":              {gpu, types.WORK_CLASS_DISK, "class disk needs capability.disk"},
		"a disk's":             {disk("HDD"), types.WORK_CLASS_GPU, "class gpu needs capability.gpu"},
		"none":                 {types.Capability{}, types.WORK_CLASS_DISK, "class disk needs capability.disk"},
		"empty member":         {types.Capability{Kind: &types.Capability_Disk{}}, types.WORK_CLASS_DISK, "class disk needs capability.disk"},
		"long medium":          {disk(strings.Repeat("x", 65)), types.WORK_CLASS_DISK, "capability.disk.medium has 65 bytes, at most 64"},
		"line in a medium":     {disk("HDD\n"), types.WORK_CLASS_DISK, "byte 0x0a at 3"},
		"not ASCII":            {disk("é"), types.WORK_CLASS_DISK, "only printable ASCII"},
		"later class":          {disk("HDD"), types.WorkClass(4), "no capability that this version knows"},
		"a disk's for a radio": {disk("HDD"), types.WORK_CLASS_RADIO, "class radio needs capability.radio"},
		"long antenna":         {radio("RAK7289", strings.Repeat("x", 65)), types.WORK_CLASS_RADIO, "capability.radio.antenna has 65 bytes, at most 64"},
		"tab in a gateway":     {radio("RAK\t", ""), types.WORK_CLASS_RADIO, "byte 0x09 at 3"},
	} {
		err := tc.capability.ValidateFor(tc.class)
		require.ErrorIs(t, err, types.ErrInvalidCapability, name)
		require.ErrorContains(t, err, tc.text, name)
	}
}

func TestEffectiveParties(t *testing.T) {
	r := types.Registration{Owner: "a"}
	require.Equal(t, "a", r.EffectiveBeneficiary())
	require.Equal(t, "a", r.EffectiveBondPayer())
	r.Beneficiary, r.BondPayer = "b", "c"
	require.Equal(t, "b", r.EffectiveBeneficiary())
	require.Equal(t, "c", r.EffectiveBondPayer())
}
