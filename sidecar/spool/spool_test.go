package spool

import (
	"errors"
	"fmt"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/durable"
	worktypes "github.com/joulechain/joule/x/work/types"
)

func TestOneStatementPerKeyForEver(t *testing.T) {
	dir := t.TempDir()
	s := open(t, options(dir))
	st := statement(10, worktypes.PHASE_COMMIT, "first")
	_, err := s.Record(st, []byte("state"))
	require.NoError(t, err)

	again, err := s.Record(st, []byte("state"))
	require.NoError(t, err, "the same statement is no conflict")
	require.Equal(t, Prepared, again.State)

	other := statement(10, worktypes.PHASE_COMMIT, "second")
	stands, err := s.Record(other, []byte("other"))
	require.ErrorIs(t, err, ErrConflict)
	require.Equal(t, "first", string(stands.Payload), "the caller learns what stands")

	signed, err := s.Sign(keyOf(t, st), signWith("sig"))
	require.NoError(t, err)
	require.Equal(t, Signed, signed.State)
	_, err = s.Sign(keyOf(t, st), func(Statement) ([]byte, error) { return nil, errors.New("called twice") })
	require.NoError(t, err, "a signature is made once")

	require.NoError(t, s.Close())
	s = open(t, options(dir))
	require.Empty(t, s.Notice())
	_, err = s.Record(other, nil)
	require.ErrorIs(t, err, ErrConflict, "also after a restart")
	require.NoError(t, s.Finish(keyOf(t, st), Rejected, "bad"))
	_, err = s.Record(other, nil)
	require.ErrorIs(t, err, ErrConflict, "also after it is closed")
	work, err := s.Work(device, 10)
	require.NoError(t, err)
	require.Equal(t, "state", string(work))
}

func TestSignNeedsARecord(t *testing.T) {
	s := open(t, options(t.TempDir()))
	_, err := s.Sign(keyOf(t, statement(1, worktypes.PHASE_COMMIT, "x")), signWith("sig"))
	require.ErrorIs(t, err, ErrNotRecorded)
}

func TestFailedSignerLeavesItPrepared(t *testing.T) {
	s := open(t, options(t.TempDir()))
	st := statement(4, worktypes.PHASE_COMMIT, "x")
	_, err := s.Record(st, nil)
	require.NoError(t, err)
	_, err = s.Sign(keyOf(t, st), func(Statement) ([]byte, error) { return nil, errors.New("TPM is away") })
	require.ErrorContains(t, err, "TPM is away")
	got, err := s.Get(keyOf(t, st))
	require.NoError(t, err)
	require.Equal(t, Prepared, got.State)
}

func TestLifeOfAStatement(t *testing.T) {
	s := open(t, options(t.TempDir()))
	key := commit(t, s, 20)
	require.NoError(t, s.Submitted([]Key{key}, "AB"))
	require.NoError(t, s.Annotate(key, "mempool is full"))
	pending, err := s.Pending()
	require.NoError(t, err)
	require.Len(t, pending, 1)
	require.Equal(t, "AB", pending[0].TxHash)
	require.EqualValues(t, 1, pending[0].Attempts)
	require.Error(t, s.Finish(key, Signed, ""), "signed is not final")
	require.NoError(t, s.Finish(key, Accepted, ""))
	require.NoError(t, s.Finish(key, Rejected, "late news"))
	got, err := s.Get(key)
	require.NoError(t, err)
	require.Equal(t, Accepted, got.State, "closed stays closed")
	pending, err = s.Pending()
	require.NoError(t, err)
	require.Empty(t, pending)
}

func TestPruneNeverAllowsASecondSignature(t *testing.T) {
	s := open(t, options(t.TempDir()))
	key := commit(t, s, 20)
	require.NoError(t, s.Finish(key, Accepted, ""))
	n, err := s.Prune(time.Unix(1_000_000, 0))
	require.NoError(t, err)
	require.Zero(t, n, "not old enough")
	n, err = s.Prune(time.Unix(1_000_001, 0))
	require.NoError(t, err)
	require.Equal(t, 1, n)
	_, err = s.Record(statement(20, worktypes.PHASE_COMMIT, "another"), nil)
	require.ErrorIs(t, err, ErrMaybeSigned)
	_, err = s.Record(statement(21, worktypes.PHASE_COMMIT, "next"), nil)
	require.NoError(t, err)
}

func TestLowSpaceIsRefusedBeforeAnythingIsWritten(t *testing.T) {
	opts := options(t.TempDir())
	opts.MinFree = 256 << 20
	opts.Free = func(string) (uint64, error) { return 10 << 20, nil }
	s := open(t, opts)
	_, err := s.Record(statement(1, worktypes.PHASE_COMMIT, "x"), nil)
	require.ErrorIs(t, err, ErrLowSpace)
	require.ErrorContains(t, err, "has 10 MiB, spool.min_free_mib asks for 256")
	_, err = s.Get(keyOf(t, statement(1, worktypes.PHASE_COMMIT, "x")))
	require.ErrorIs(t, err, ErrNotRecorded)
}

func TestFullDiskHasAName(t *testing.T) {
	err := named(fmt.Errorf("write spool.db: %w", syscall.ENOSPC))
	require.ErrorIs(t, err, durable.ErrDiskFull)
	require.ErrorContains(t, err, "nothing was recorded or signed")
}

func TestWrongChainIsRefused(t *testing.T) {
	dir := t.TempDir()
	s := open(t, options(dir))
	st := statement(1, worktypes.PHASE_COMMIT, "x")
	st.ChainID = "joule-1"
	_, err := s.Record(st, nil)
	require.ErrorIs(t, err, ErrOtherChain)
	require.NoError(t, s.Close())
	opts := options(dir)
	opts.ChainID = "joule-1"
	_, err = Open(opts)
	require.ErrorIs(t, err, ErrOtherChain)
	require.ErrorContains(t, err, testChain)
}

func TestLockedSpool(t *testing.T) {
	dir := t.TempDir()
	open(t, options(dir))
	_, err := Open(options(dir))
	require.ErrorIs(t, err, ErrLocked)
}

func TestLedgerKeepsAnEntryOnce(t *testing.T) {
	dir := t.TempDir()
	s := open(t, options(dir))
	e := Entry{Device: device, Window: 5, Epoch: 2, Rounds: 10, Units: 100, TxHash: "AA"}
	require.NoError(t, s.Earn(e))
	e.Units = 999
	require.NoError(t, s.Earn(e))
	require.NoError(t, s.Close())
	got, err := open(t, options(dir)).Ledger()
	require.NoError(t, err)
	require.Len(t, got, 1)
	require.EqualValues(t, 100, got[0].Units)
}
