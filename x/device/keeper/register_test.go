package keeper_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"cosmossdk.io/math"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkerrors "github.com/cosmos/cosmos-sdk/types/errors"

	"github.com/joulechain/joule/x/device/testutil"
	"github.com/joulechain/joule/x/device/types"
)

func TestRegisterEachKeyType(t *testing.T) {
	f := newFixture(t)
	for i, kt := range []types.KeyType{types.KEY_TYPE_ED25519, types.KEY_TYPE_SECP256R1, types.KEY_TYPE_SECP256K1} {
		key := testutil.NewKey(kt, []byte("register"))
		id := f.registered(account(0), key, testutil.WithBond(minBond+int64(i)))
		require.Equal(t, key.Text(), id)
		d := f.device(key)
		require.Equal(t, types.Device{
			Id: key.ID(), Owner: account(0), PublicKey: key.Public, WorkClass: types.WORK_CLASS_GPU, Capability: d.Capability,
			Beneficiary: account(0), Bond: sdk.NewInt64Coin(denom, minBond+int64(i)), BondPayer: account(0),
			State: types.DEVICE_STATE_ACTIVE, Generation: 1, RegisteredHeight: 100,
		}, d)
	}
	require.Equal(t, int64(3*minBond+3), f.bonds())
	require.Equal(t, int64(funds-3*minBond-3), f.balance(account(0)))
	require.Empty(t, f.hooks.paid, "a new key owes nobody")
	f.holds()
}

func TestRegisterIsRefused(t *testing.T) {
	key, other := testutil.NumberedKey(1), testutil.NumberedKey(2)
	set := testutil.With
	tests := map[string]struct {
		signer string
		opts   []testutil.Option
		after  func(*types.Registration)
		err    error
		says   string
	}{
		"another's registration":   {signer: account(1), err: types.ErrUnauthorized, says: account(1)},
		"another pays":             {opts: []testutil.Option{testutil.WithBondPayer(account(1))}, err: types.ErrUnauthorized, says: "bond_payer"},
		"signature of another key": {after: func(r *types.Registration) { *r = testutil.Sign(chainID, other, *r) }, err: types.ErrInvalidSignature, says: chainID},
		"signed for another chain": {after: func(r *types.Registration) { *r = testutil.Sign("joule-test-2", key, *r) }, err: types.ErrInvalidSignature, says: chainID},
		"short signature":          {after: func(r *types.Registration) { r.Signature = r.Signature[:63] }, err: types.ErrInvalidSignature, says: "64"},
		"changed after signing":    {after: func(r *types.Registration) { r.Beneficiary = account(3) }, err: types.ErrInvalidSignature},
		"key type unknown":         {opts: []testutil.Option{set(func(r *types.Registration) { r.PublicKey.Type = 9 })}, err: types.ErrInvalidPublicKey, says: "9"},
		"small-order key":          {opts: []testutil.Option{set(func(r *types.Registration) { r.PublicKey.Key = append([]byte{1}, make([]byte, 31)...) })}, err: types.ErrInvalidPublicKey, says: "small-order"},
		"class unspecified":        {opts: []testutil.Option{set(func(r *types.Registration) { r.WorkClass = 0 })}, err: types.ErrInvalidCapability},
		"another class's":          {opts: []testutil.Option{set(func(r *types.Registration) { r.WorkClass = types.WORK_CLASS_RADIO })}, err: types.ErrInvalidCapability, says: "capability.radio"},
		"no capability":            {opts: []testutil.Option{set(func(r *types.Registration) { r.Capability.Kind = nil })}, err: types.ErrInvalidCapability, says: "capability.gpu"},
		"nil capability":           {opts: []testutil.Option{set(func(r *types.Registration) { r.Capability.Kind = &types.Capability_Gpu{} })}, err: types.ErrInvalidCapability},
		"long model":               {opts: []testutil.Option{set(func(r *types.Registration) { r.Capability.GetGpu().Model = strings.Repeat("x", 65) })}, err: types.ErrInvalidCapability, says: "64"},
		"model not printable":      {opts: []testutil.Option{set(func(r *types.Registration) { r.Capability.GetGpu().Model = "card\n" })}, err: types.ErrInvalidCapability, says: "0x0a"},
		"model not ASCII":          {opts: []testutil.Option{set(func(r *types.Registration) { r.Capability.GetGpu().Model = "é" })}, err: types.ErrInvalidCapability, says: "ASCII"},
		"bond too small":           {opts: []testutil.Option{testutil.WithBond(minBond - 1)}, err: types.ErrBondTooSmall, says: "10000000ujoule"},
		"bond of nothing":          {opts: []testutil.Option{testutil.WithBond(0)}, err: types.ErrInvalidBond},
		"bond negative":            {opts: []testutil.Option{testutil.WithBond(-1)}, err: types.ErrInvalidBond, says: "-1"},
		"bond never set":           {opts: []testutil.Option{set(func(r *types.Registration) { r.Bond.Amount = math.Int{} })}, err: types.ErrInvalidBond},
		"bond in another coin":     {opts: []testutil.Option{set(func(r *types.Registration) { r.Bond.Denom = "uatom" })}, err: types.ErrBondDenom, says: `"ujoule"`},
		"bond in no coin":          {opts: []testutil.Option{set(func(r *types.Registration) { r.Bond.Denom = "" })}, err: types.ErrInvalidBond},
		"bond not owned":           {opts: []testutil.Option{testutil.WithBond(funds + 1)}, err: sdkerrors.ErrInsufficientFunds, says: "bond of"},
		"generation 0":             {opts: []testutil.Option{testutil.WithGeneration(0)}, err: types.ErrWrongGeneration},
		"generation 2 first":       {opts: []testutil.Option{testutil.WithGeneration(2)}, err: types.ErrWrongGeneration, says: "starts with 1"},
		"expired":                  {opts: []testutil.Option{testutil.WithExpiry(99)}, err: types.ErrRegistrationExpired, says: "100"},
		"expiry of 0":              {opts: []testutil.Option{testutil.WithExpiry(0)}, err: types.ErrRegistrationExpired},
		"expiry too far":           {opts: []testutil.Option{testutil.WithExpiry(100 + types.DefaultMaxRegistrationBlocks + 1)}, err: types.ErrExpiryTooFar, says: "14500"},
		"beneficiary blocked":      {opts: []testutil.Option{testutil.WithBeneficiary(blocked())}, err: types.ErrBlockedAddress, says: "beneficiary"},
		"beneficiary no address":   {opts: []testutil.Option{testutil.WithBeneficiary("joule1xyz")}, err: types.ErrInvalidAddress, says: "beneficiary"},
		"beneficiary upper case":   {opts: []testutil.Option{testutil.WithBeneficiary(strings.ToUpper(account(1)))}, err: types.ErrInvalidAddress, says: "canonical"},
		"owner empty":              {opts: []testutil.Option{set(func(r *types.Registration) { r.Owner, r.BondPayer = "", account(0) })}, err: types.ErrUnauthorized},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFixture(t)
			r := f.sign(account(0), key, tc.opts...)
			if tc.after != nil {
				tc.after(&r)
			}
			if tc.signer == "" {
				tc.signer = account(0)
			}
			err := f.unchanged(func(ctx context.Context) error {
				_, err := f.msg.RegisterDevice(ctx, &types.MsgRegisterDevice{Owner: tc.signer, Registration: r})
				return err
			})
			require.ErrorIs(t, err, tc.err)
			require.Contains(t, err.Error(), tc.says)
		})
	}
}

func TestRegisterByBlockedPayerIsRefused(t *testing.T) {
	f := newFixture(t)
	f.fund(bytesOf(t, account(0)), 1)
	r := f.sign(blocked(), testutil.NumberedKey(1))
	err := f.unchanged(func(ctx context.Context) error {
		_, err := f.msg.RegisterDevice(ctx, &types.MsgRegisterDevice{Owner: blocked(), Registration: r})
		return err
	})
	require.ErrorIs(t, err, types.ErrBlockedAddress)
	require.Contains(t, err.Error(), "bond_payer")
}

func TestRegisterAtTheBounds(t *testing.T) {
	f := newFixture(t)
	f.registered(account(0), testutil.NumberedKey(1), testutil.WithExpiry(100))
	f.registered(account(0), testutil.NumberedKey(2), testutil.WithExpiry(100+types.DefaultMaxRegistrationBlocks))
	f.registered(account(0), testutil.NumberedKey(3), testutil.WithBeneficiary(account(1)), testutil.WithBondPayer(account(0)))
	require.Equal(t, account(1), f.device(testutil.NumberedKey(3)).Beneficiary)
	f.holds()
}

// A copier in the mempool cannot register the device for itself, in whatever message it puts the copy.
func TestCopiedRegistrationGainsNothing(t *testing.T) {
	f := newFixture(t)
	r := f.sign(account(0), testutil.NumberedKey(1))
	thief := account(1)
	err := f.unchanged(func(ctx context.Context) error {
		_, err := f.msg.SponsorDevices(ctx, &types.MsgSponsorDevices{Sponsor: thief, Registrations: []types.Registration{r}})
		return err
	})
	require.ErrorIs(t, err, types.ErrUnauthorized)
	stolen := r
	stolen.Owner = thief
	err = f.unchanged(func(ctx context.Context) error {
		_, err := f.msg.RegisterDevice(ctx, &types.MsgRegisterDevice{Owner: thief, Registration: stolen})
		return err
	})
	require.ErrorIs(t, err, types.ErrInvalidSignature)
}

func TestBatch(t *testing.T) {
	f := newFixture(t)
	regs := []types.Registration{f.sign(account(0), testutil.NumberedKey(1)), f.sign(account(0), testutil.NumberedKey(2))}
	res, err := f.msg.RegisterDevices(f.ctx, &types.MsgRegisterDevices{Owner: account(0), Registrations: regs})
	require.NoError(t, err)
	require.Equal(t, []string{testutil.NumberedKey(1).Text(), testutil.NumberedKey(2).Text()}, res.DeviceIds)
	require.Equal(t, int64(2*minBond), f.bonds())

	many := make([]types.Registration, types.DefaultMaxBatch+1)
	for i := range many {
		many[i] = f.sign(account(0), testutil.NumberedKey(uint64(10+i)))
	}
	good := f.sign(account(0), testutil.NumberedKey(100))
	huge, _ := math.NewIntFromString("57896044618658097711785492504343953926634992332820282019728792003956564819967")
	overflow := testutil.With(func(r *types.Registration) { r.Bond.Amount = huge.Add(huge) })
	tests := map[string]struct {
		regs []types.Registration
		err  error
		says string
	}{
		"empty":            {nil, types.ErrBatchSize, "want 1..64"},
		"too many":         {many, types.ErrBatchSize, "65"},
		"one bad":          {[]types.Registration{good, f.sign(account(0), testutil.NumberedKey(101), testutil.WithBond(1))}, types.ErrBondTooSmall, "registrations[1]"},
		"known":            {[]types.Registration{good, regs[0]}, types.ErrAlreadyRegistered, "registrations[1]"},
		"twice":            {[]types.Registration{good, good}, types.ErrDuplicateDevice, "registrations[0]"},
		"another's":        {[]types.Registration{good, f.sign(account(1), testutil.NumberedKey(101))}, types.ErrUnauthorized, "registrations[1]"},
		"not enough funds": {many[:10], sdkerrors.ErrInsufficientFunds, "bond of"},
		"sum overflows":    {[]types.Registration{f.sign(account(0), testutil.NumberedKey(102), overflow), f.sign(account(0), testutil.NumberedKey(103), overflow)}, nil, "registrations[1]"},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			err := f.unchanged(func(ctx context.Context) error {
				_, err := f.msg.RegisterDevices(ctx, &types.MsgRegisterDevices{Owner: account(0), Registrations: tc.regs})
				return err
			})
			require.True(t, tc.err == nil || errors.Is(err, tc.err), err)
			require.Contains(t, err.Error(), tc.says)
		})
	}
	f.holds()
}

func TestSponsor(t *testing.T) {
	f := newFixture(t)
	maker, customer := account(0), account(1)
	sponsored := testutil.WithBondPayer(maker)
	res, err := f.msg.SponsorDevices(f.ctx, &types.MsgSponsorDevices{Sponsor: maker, Registrations: []types.Registration{
		f.sign(customer, testutil.NumberedKey(1), sponsored),
		f.sign(customer, testutil.NumberedKey(2), sponsored, testutil.WithBeneficiary(customer)),
	}})
	require.NoError(t, err)
	require.Equal(t, int64(funds-2*minBond), f.balance(maker))
	d := f.device(testutil.NumberedKey(1))
	require.Equal(t, []string{customer, customer, maker}, []string{d.Owner, d.Beneficiary, d.BondPayer})

	tests := map[string]struct {
		opts []testutil.Option
		err  error
	}{
		"the maker paid instead": {[]testutil.Option{sponsored, testutil.WithBeneficiary(maker)}, types.ErrUnauthorized},
		"owner pays":             {nil, types.ErrUnauthorized},
		"somebody else pays":     {[]testutil.Option{testutil.WithBondPayer(account(2))}, types.ErrUnauthorized},
		"owner blocked":          {[]testutil.Option{sponsored, testutil.With(func(r *types.Registration) { r.Owner = blocked() })}, types.ErrBlockedAddress},
		"owner no address":       {[]testutil.Option{sponsored, testutil.With(func(r *types.Registration) { r.Owner = "nobody" })}, types.ErrInvalidAddress},
		"owner empty":            {[]testutil.Option{sponsored, testutil.With(func(r *types.Registration) { r.Owner = "" })}, types.ErrInvalidRegistration},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			r := f.sign(customer, testutil.NumberedKey(9), tc.opts...)
			err := f.unchanged(func(ctx context.Context) error {
				_, err := f.msg.SponsorDevices(ctx, &types.MsgSponsorDevices{Sponsor: maker, Registrations: []types.Registration{r}})
				return err
			})
			require.ErrorIs(t, err, tc.err)
		})
	}

	f.retired(customer, res.DeviceIds[0])
	f.withdrawn(res.DeviceIds[0])
	require.Equal(t, int64(funds-minBond), f.balance(maker), "the bond returns to the maker")
	require.Equal(t, int64(funds), f.balance(customer))
	f.holds()
}

func TestRegisterAgain(t *testing.T) {
	f := newFixture(t)
	key := testutil.NumberedKey(1)
	id := f.registered(account(0), key, testutil.WithBeneficiary(account(3)))
	refused := func(opts ...testutil.Option) error {
		r := f.sign(account(1), key, opts...)
		return f.unchanged(func(ctx context.Context) error {
			_, err := f.msg.RegisterDevice(ctx, &types.MsgRegisterDevice{Owner: account(1), Registration: r})
			return err
		})
	}
	require.ErrorIs(t, refused(testutil.WithGeneration(2)), types.ErrAlreadyRegistered)
	f.retired(account(0), id)
	require.ErrorIs(t, refused(testutil.WithGeneration(2)), types.ErrBondNotWithdrawn)
	f.withdrawn(id)
	require.ErrorIs(t, refused(), types.ErrWrongGeneration)
	require.ErrorIs(t, refused(testutil.WithGeneration(3)), types.ErrWrongGeneration)

	f.hooks.refuse = errors.New("cannot pay")
	require.ErrorIs(t, func() error {
		cached, _ := f.ctx.CacheContext()
		_, err := f.msg.RegisterDevice(cached, &types.MsgRegisterDevice{Owner: account(1), Registration: f.sign(account(1), key, testutil.WithGeneration(2))})
		return err
	}(), f.hooks.refuse)
	f.hooks.refuse, f.hooks.paid = nil, nil

	f.registered(account(1), key, testutil.WithGeneration(2))
	require.Len(t, f.hooks.paid, 1)
	require.Equal(t, account(3), f.hooks.paid[0].Beneficiary, "the old beneficiary is paid out first")
	d := f.device(key)
	require.Equal(t, uint64(2), d.Generation)
	require.Equal(t, account(1), d.Beneficiary)
	require.True(t, d.IsActive())
	require.Zero(t, d.UnbondingEpoch)
	f.holds()
}

func TestRegisterAgainKeepsTheClass(t *testing.T) {
	f := newFixture(t)
	key := testutil.NumberedKey(1)
	id := f.registered(account(0), key)
	f.retired(account(0), id)
	f.withdrawn(id)
	d := f.device(key)
	d.WorkClass = types.WORK_CLASS_RADIO
	require.NoError(t, f.k.Devices.Set(f.ctx, d.Id, d))
	err := f.unchanged(func(ctx context.Context) error {
		_, err := f.msg.RegisterDevice(ctx, &types.MsgRegisterDevice{Owner: account(0), Registration: f.sign(account(0), key, testutil.WithGeneration(2))})
		return err
	})
	require.ErrorIs(t, err, types.ErrClassChanged)
}

func TestClassNotOpen(t *testing.T) {
	f := newFixture(t)
	params := types.DefaultParams()
	params.Classes = nil
	_, err := f.msg.UpdateParams(f.ctx, &types.MsgUpdateParams{Authority: f.k.Authority(), Params: params})
	require.NoError(t, err)
	err = f.unchanged(func(ctx context.Context) error {
		_, err := f.msg.RegisterDevice(ctx, &types.MsgRegisterDevice{Owner: account(0), Registration: f.sign(account(0), testutil.NumberedKey(1))})
		return err
	})
	require.ErrorIs(t, err, types.ErrClassNotOpen)
}

func TestRegistrationPaysForItsSignature(t *testing.T) {
	f := newFixture(t)
	gas := func(kt types.KeyType) uint64 {
		ctx, _ := f.ctx.CacheContext()
		before := ctx.GasMeter().GasConsumed()
		_, err := f.msg.RegisterDevice(ctx, &types.MsgRegisterDevice{Owner: account(0), Registration: f.sign(account(0), testutil.NewKey(kt, nil))})
		require.NoError(t, err)
		return ctx.GasMeter().GasConsumed() - before
	}
	require.Greater(t, gas(types.KEY_TYPE_SECP256K1), gas(types.KEY_TYPE_ED25519)+1_000)
}
