package mempool_test

import (
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"

	sdk "github.com/cosmos/cosmos-sdk/types"
	sdkmempool "github.com/cosmos/cosmos-sdk/types/mempool"

	"github.com/joulechain/joule/app/ante/lane"
	"github.com/joulechain/joule/app/internal/minapp"
	"github.com/joulechain/joule/app/mempool"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// pooled is a transaction that a test has built, with what CheckTx would know of it.
type pooled struct {
	tx    sdk.Tx
	bytes []byte
	price int64
	items []worktypes.Evidence
}

type bench struct {
	*minapp.App
	t testing.TB
}

func newBench(t testing.TB, cfg mempool.Config) bench {
	t.Helper()
	return bench{App: minapp.New(t, minapp.Options{Accounts: 60, Mempool: &cfg}), t: t}
}

func (b bench) pooled(from int, tx minapp.Tx, price int64, items ...worktypes.Evidence) pooled {
	b.t.Helper()
	built := b.Build(from, tx)
	bz, err := b.TxConfig.TxEncoder()(built)
	require.NoError(b.t, err)
	return pooled{tx: built, bytes: bz, price: price, items: items}
}

func (b bench) pay(from int, sequence uint64, price int64) pooled {
	return b.pooled(from, b.Send(from, sequence, price), price)
}

func (b bench) evidence(from int, sequence uint64, items ...worktypes.Evidence) pooled {
	return b.pooled(from, b.Submit(from, sequence, items...), 0, items...)
}

func (b bench) insert(p pooled) error {
	return b.Pool.Insert(b.Ctx().WithTxBytes(p.bytes).WithPriority(p.price), p.tx, sdkmempool.InsertOption{GasWanted: 1})
}

func (b bench) order() []sdk.Tx {
	var txs []sdk.Tx
	b.Pool.SelectBy(b.Ctx(), nil, func(tx sdkmempool.PooledTx) bool {
		txs = append(txs, tx.Tx)
		return true
	})
	return txs
}

func item(device int, window uint64) worktypes.Evidence {
	return minapp.Item(device, window, true, true)
}

func TestCapsAndErrors(t *testing.T) {
	b := newBench(t, mempool.Config{MaxTxs: 2, MaxBytes: 8 << 20, LaneMaxTxs: 3, LaneMaxItems: 100_000, LaneMaxBytes: 2_000})
	for device := range 10 {
		b.Work.SetPay(device, 5)
	}
	require.NoError(t, b.insert(b.pay(0, 0, 1)))
	require.NoError(t, b.insert(b.pay(1, 0, 1)))
	require.ErrorIs(t, b.insert(b.pay(2, 0, 1)), sdkmempool.ErrMempoolTxMaxCapacity)

	require.NoError(t, b.insert(b.evidence(3, 0, item(1, 1))))
	require.NoError(t, b.insert(b.evidence(4, 0, item(1, 1))))
	require.NoError(t, b.insert(b.evidence(5, 0, item(1, 1))))
	require.ErrorIs(t, b.insert(b.evidence(6, 0, item(2, 1))), lane.ErrLaneFull, "by count")

	b = newBench(t, mempool.Config{MaxTxs: 2, MaxBytes: 8 << 20, LaneMaxTxs: 100, LaneMaxItems: 100_000, LaneMaxBytes: 2_000})
	b.Work.SetPay(1, 5)
	b.Work.SetPay(2, 5)
	for i := range mempool.MaxPendingPerItem {
		require.NoError(t, b.insert(b.evidence(i, 0, item(1, 1))))
	}
	fourth := b.evidence(4, 0, item(1, 1))
	require.ErrorIs(t, b.Pool.Admit(b.Ctx().WithTxBytes(fourth.bytes), fourth.tx), lane.ErrItemPending)
	require.ErrorIs(t, b.insert(fourth), lane.ErrItemPending)
	require.NoError(t, b.insert(b.evidence(5, 0, item(1, 2))), "another window of the same device")
	big := b.evidence(6, 0, item(2, 1), item(2, 2), item(2, 3), item(2, 4), item(2, 5))
	require.ErrorIs(t, b.Pool.Admit(b.Ctx().WithTxBytes(big.bytes), big.tx), lane.ErrLaneFull, "by bytes")
	require.ErrorIs(t, b.insert(big), lane.ErrLaneFull)
	count, bytes := b.Pool.LaneSize()
	require.Equal(t, 4, count)
	require.LessOrEqual(t, bytes, 2_000)
}

func TestNewcomersKeepToTheirPart(t *testing.T) {
	b := newBench(t, mempool.Config{MaxTxs: 2, MaxBytes: 8 << 20, LaneMaxTxs: 15, LaneMaxItems: 100_000, LaneMaxBytes: 1 << 20})
	require.NoError(t, b.insert(b.evidence(0, 0, item(1, 1))))
	require.NoError(t, b.insert(b.evidence(1, 0, item(2, 1))))
	require.NoError(t, b.insert(b.evidence(2, 0, item(3, 1))))
	require.ErrorIs(t, b.insert(b.evidence(3, 0, item(4, 1))), lane.ErrNewcomersCap, "a fifth of 15 is 3")
	b.Work.SetPay(4, 1)
	require.NoError(t, b.insert(b.evidence(3, 0, item(4, 1))))
	require.ErrorIs(t, b.insert(b.evidence(4, 0, item(4, 2), item(5, 1))), lane.ErrNewcomersCap, "a batch counts as its poorest device")

	tiny := newBench(t, mempool.Config{MaxTxs: 2, MaxBytes: 8 << 20, LaneMaxTxs: 2, LaneMaxItems: 100_000, LaneMaxBytes: 1 << 20})
	require.NoError(t, tiny.insert(tiny.evidence(0, 0, item(1, 1))), "one newcomer is always welcome")
	require.ErrorIs(t, tiny.insert(tiny.evidence(1, 0, item(2, 1))), lane.ErrNewcomersCap)
}

func TestOrder(t *testing.T) {
	b := newBench(t, mempool.Config{MaxTxs: 10, MaxBytes: 8 << 20, LaneMaxTxs: 100, LaneMaxItems: 100_000, LaneMaxBytes: 1 << 20})
	b.Work.SetPay(1, 10)
	b.Work.SetPay(2, 30)
	b.Work.SetPay(3, 20)
	low, high := b.pay(0, 0, 1), b.pay(1, 0, 9)
	poor, rich, mixed, older, newer := b.evidence(2, 0, item(1, 5)), b.evidence(3, 0, item(2, 5)), b.evidence(4, 0, item(2, 6), item(3, 5)),
		b.evidence(5, 0, item(3, 1)), b.evidence(6, 0, item(9, 1))
	for _, p := range []pooled{newer, older, mixed, poor, low, rich, high} {
		require.NoError(t, b.insert(p))
	}
	order := b.order()
	require.Equal(t, []sdk.Tx{rich.tx, older.tx, mixed.tx, poor.tx, newer.tx, high.tx, low.tx}, order)

	var walked []sdk.Tx
	for it := b.Pool.Select(b.Ctx(), nil); it != nil; it = it.Next() {
		walked = append(walked, it.Tx().Tx)
		require.NoError(t, b.Pool.Remove(it.Tx().Tx), "removing while walking is fine")
	}
	require.Equal(t, order, walked)
	require.Nil(t, b.Pool.Select(b.Ctx(), nil))
}

// In every prefix newcomers have at most their part, and a full lane still has some of them near its front.
func TestNewcomersAreWovenIn(t *testing.T) {
	b := newBench(t, mempool.Config{MaxTxs: 10, MaxBytes: 8 << 20, LaneMaxTxs: 1_000, LaneMaxItems: 100_000, LaneMaxBytes: 8 << 20})
	for i := range 60 {
		if i < 40 {
			b.Work.SetPay(i, uint64(1+i))
		}
		require.NoError(t, b.insert(b.evidence(i, 0, item(i, 1))))
	}
	txs, err := b.Pool.LaneTxs(b.Ctx())
	require.NoError(t, err)
	require.Len(t, txs, 60)
	total, newcomers := 0, 0
	for i, tx := range txs[:49] {
		total += tx.Size
		if tx.Newcomer {
			newcomers += tx.Size
		}
		require.LessOrEqual(t, newcomers*5, total, "prefix of %d", i+1)
	}
	require.GreaterOrEqual(t, newcomers*5, total-5*txs[0].Size)
}

func TestRemoveIsTolerant(t *testing.T) {
	b := newBench(t, mempool.Config{MaxTxs: 10, MaxBytes: 8 << 20, LaneMaxTxs: 10, LaneMaxItems: 100_000, LaneMaxBytes: 1 << 20})
	reveal, err := b.TxConfig.TxDecoder()(b.Reveals.At(5))
	require.NoError(t, err)
	require.ErrorIs(t, b.Pool.Remove(reveal), sdkmempool.ErrTxNotFound, "no signers")
	require.ErrorIs(t, b.Pool.Remove(b.pay(0, 0, 1).tx), sdkmempool.ErrTxNotFound)
	require.Error(t, b.Pool.Insert(b.Ctx(), reveal, sdkmempool.InsertOption{}))

	// A signature without a key, as clients may send once the account has one.
	tx := b.Send(0, 0, 1)
	tx.OmitKey = true
	keyless := b.pooled(0, tx, 1)
	require.NoError(t, b.insert(keyless))
	require.NoError(t, b.Pool.Remove(keyless.tx))
	require.Zero(t, b.Pool.CountTx())
}

// Random inserts, removals and restores: the caps hold at every step, and the counts are those of what is inside.
func TestRandomOperations(t *testing.T) {
	cfg := mempool.Config{MaxTxs: 8, MaxBytes: 8 << 20, LaneMaxTxs: 12, LaneMaxItems: 100_000, LaneMaxBytes: 6_000}
	b := newBench(t, cfg)
	rng := rand.New(rand.NewPCG(7, 7))
	for i := range 5 {
		b.Work.SetPay(i, uint64(1+i))
	}
	var all []pooled
	for i := range 60 {
		from := i % 20
		if i%3 == 0 {
			all = append(all, b.pay(from, uint64(i), rng.Int64N(9)))
			continue
		}
		items := []worktypes.Evidence{item(rng.IntN(8), uint64(rng.IntN(3)))}
		if rng.IntN(2) == 0 {
			items = append(items, item(10+rng.IntN(8), 1))
		}
		all = append(all, b.evidence(from, uint64(i), items...))
	}
	held := map[int]bool{}
	for step := range 2_000 {
		i := rng.IntN(len(all))
		// A new height now and then, as each allows another few to give way.
		ctx := b.Ctx().WithBlockHeight(int64(step / 20)).WithTxBytes(all[i].bytes).WithPriority(all[i].price)
		var err error
		switch rng.IntN(3) {
		case 0:
			err := b.Pool.Remove(all[i].tx)
			require.Equal(t, held[i], err == nil)
			delete(held, i)
			requireConsistent(t, b, cfg, all, held)
			continue
		case 1:
			err = b.Pool.Restore(ctx, all[i].tx, sdkmempool.InsertOption{})
		default:
			err = b.Pool.Insert(ctx, all[i].tx, sdkmempool.InsertOption{GasWanted: 1})
		}
		if err != nil {
			require.True(t, errors.Is(err, lane.ErrLaneFull) || errors.Is(err, lane.ErrItemPending) ||
				errors.Is(err, lane.ErrNewcomersCap) || errors.Is(err, sdkmempool.ErrMempoolTxMaxCapacity), err)
			requireConsistent(t, b, cfg, all, held)
			continue
		}
		held[i] = true
		for j := range held {
			if !b.Pool.Contains(all[j].tx) {
				require.NotEqual(t, i, j)
				require.Equal(t, len(all[i].items) == 0, len(all[j].items) == 0, "each lane gives up its own")
				delete(held, j)
			}
		}
		requireConsistent(t, b, cfg, all, held)
	}
}

func requireConsistent(t *testing.T, b bench, cfg mempool.Config, all []pooled, held map[int]bool) {
	t.Helper()
	laneTxs, laneBytes := 0, 0
	perItem := map[string]int{}
	for i := range held {
		require.True(t, b.Pool.Contains(all[i].tx))
		if len(all[i].items) == 0 {
			continue
		}
		laneTxs++
		laneBytes += len(all[i].bytes)
		for _, e := range all[i].items {
			perItem[string(e.ItemKey())]++
			require.LessOrEqual(t, perItem[string(e.ItemKey())], mempool.MaxPendingPerItem)
		}
	}
	gotTxs, gotBytes := b.Pool.LaneSize()
	require.Equal(t, laneTxs, gotTxs)
	require.Equal(t, laneBytes, gotBytes)
	require.Equal(t, len(held), b.Pool.CountTx())
	require.LessOrEqual(t, laneTxs, cfg.LaneMaxTxs)
	require.LessOrEqual(t, laneBytes, cfg.LaneMaxBytes)
	require.LessOrEqual(t, len(held)-laneTxs, cfg.MaxTxs)
	require.Len(t, b.order(), len(held))
}

func TestConfig(t *testing.T) {
	for name, cfg := range map[string]mempool.Config{
		"MaxTxs": {MaxBytes: 1, LaneMaxTxs: 1, LaneMaxItems: 100_000, LaneMaxBytes: 1}, "MaxBytes": {MaxTxs: 1, LaneMaxTxs: 1, LaneMaxItems: 100_000, LaneMaxBytes: 1},
		"LaneMaxTxs": {MaxTxs: 1, MaxBytes: 1, LaneMaxItems: 1, LaneMaxBytes: 1}, "LaneMaxBytes": {MaxTxs: 1, MaxBytes: 1, LaneMaxTxs: 1, LaneMaxItems: 1},
		"LaneMaxItems": {MaxTxs: 1, MaxBytes: 1, LaneMaxTxs: 1, LaneMaxBytes: 1},
	} {
		require.ErrorContains(t, cfg.Validate(), name)
	}
	_, err := mempool.New(mempool.Config{MaxTxs: 1, MaxBytes: 8 << 20, LaneMaxTxs: 1, LaneMaxItems: 100_000, LaneMaxBytes: 1}, nil, nil)
	require.Error(t, err)
}

// A relayer's ordered transactions come in sequence, moved back only.
func TestOrderedTransactionsComeInSequence(t *testing.T) {
	b := newBench(t, mempool.Config{MaxTxs: 10, MaxBytes: 8 << 20, LaneMaxTxs: 100, LaneMaxItems: 100_000, LaneMaxBytes: 1 << 20})
	for device := range 6 {
		b.Work.SetPay(device, uint64(100-device))
	}
	third, second, first := b.evidence(0, 2, item(0, 1)), b.evidence(0, 1, item(3, 1)), b.evidence(0, 0, item(2, 1))
	others := []pooled{b.evidence(1, 0, item(1, 1)), b.evidence(2, 0, item(4, 1)), b.evidence(3, 7, item(5, 1))}
	for _, p := range append(others, third, second, first) {
		require.NoError(t, b.insert(p))
	}
	require.Equal(t, []sdk.Tx{others[0].tx, first.tx, second.tx, third.tx, others[1].tx, others[2].tx}, b.order())
}
