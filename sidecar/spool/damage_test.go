package spool

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	bolt "go.etcd.io/bbolt"

	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// damage closes the spool, changes its file and opens it again.
func damage(t *testing.T, dir string, s *Spool, change func(t *testing.T, path string)) *Spool {
	t.Helper()
	require.NoError(t, s.Close())
	change(t, Path(dir))
	opts := options(dir)
	opts.Fresh = false
	return open(t, opts)
}

func TestDamagedFileIsMovedAside(t *testing.T) {
	changes := map[string]func(t *testing.T, path string){
		"garbage": func(t *testing.T, path string) {
			require.NoError(t, os.WriteFile(path, []byte("not a database"), 0o600))
		},
		"empty":     func(t *testing.T, path string) { require.NoError(t, os.WriteFile(path, make([]byte, 1), 0o600)) },
		"zeroed":    func(t *testing.T, path string) { zero(t, path, 0, 1<<15) },
		"truncated": func(t *testing.T, path string) { require.NoError(t, os.Truncate(path, 12<<10)) },
		"no data":   func(t *testing.T, path string) { zero(t, path, 8<<10, 1<<15) },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, options(dir))
			commit(t, s, 30)
			s = damage(t, dir, s, change)
			require.Contains(t, s.Notice(), "the spool was damaged")
			aside, err := filepath.Glob(Path(dir) + ".damaged-*")
			require.NoError(t, err)
			require.Len(t, aside, 1, "never silently dropped")

			_, err = s.Record(statement(30, worktypes.PHASE_COMMIT, "other"), nil)
			require.ErrorIs(t, err, ErrMaybeSigned)
			_, err = s.Record(statement(29, worktypes.PHASE_COMMIT, "older"), nil)
			require.ErrorIs(t, err, ErrMaybeSigned)
			_, err = s.Record(statement(31, worktypes.PHASE_COMMIT, "new"), nil)
			require.NoError(t, err, "windows after the marker are safe")
		})
	}
}

func zero(t *testing.T, path string, from, length int64) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_WRONLY, 0)
	require.NoError(t, err)
	defer f.Close()
	_, err = f.WriteAt(make([]byte, length), from)
	require.NoError(t, err)
}

func TestOneDamagedRecordKeepsTheOthers(t *testing.T) {
	dir := t.TempDir()
	s := open(t, options(dir))
	good, bad := commit(t, s, 30), commit(t, s, 31)
	require.NoError(t, s.Earn(Entry{Device: device, Window: 30, Units: 5}))
	require.NoError(t, s.db.Update(func(tx *bolt.Tx) error {
		b := tx.Bucket(statementBucket)
		v := append([]byte(nil), b.Get(bad.bytes())...)
		v[len(v)-3] ^= 1
		return b.Put(bad.bytes(), v)
	}))
	s = damage(t, dir, s, func(*testing.T, string) {})
	require.Contains(t, s.Notice(), "1 statements could be kept")
	st, err := s.Get(good)
	require.NoError(t, err)
	require.Equal(t, "sig", string(st.Signature))
	work, err := s.Work(device, 30)
	require.NoError(t, err)
	require.Equal(t, "transcript", string(work), "its opening can still be made")
	_, err = s.Record(statement(31, worktypes.PHASE_COMMIT, "other"), nil)
	require.ErrorIs(t, err, ErrMaybeSigned)
	_, err = s.Record(statement(30, worktypes.PHASE_OPEN, "opening"), nil)
	require.NoError(t, err)
	ledger, err := s.Ledger()
	require.NoError(t, err)
	require.Len(t, ledger, 1)
}

func TestLostDatabase(t *testing.T) {
	dir := t.TempDir()
	s := open(t, options(dir))
	commit(t, s, 30)
	s = damage(t, dir, s, func(t *testing.T, path string) { require.NoError(t, os.Remove(path)) })
	_, err := s.Record(statement(30, worktypes.PHASE_COMMIT, "other"), nil)
	require.ErrorIs(t, err, ErrMaybeSigned)
}

func TestOldCopyPutBack(t *testing.T) {
	dir := t.TempDir()
	s := open(t, options(dir))
	commit(t, s, 30)
	require.NoError(t, s.Close())
	old, err := os.ReadFile(Path(dir))
	require.NoError(t, err)
	s = open(t, options(dir))
	commit(t, s, 40)
	s = damage(t, dir, s, func(t *testing.T, path string) { require.NoError(t, os.WriteFile(path, old, 0o600)) })
	require.Contains(t, s.Notice(), "older than")
	_, err = s.Record(statement(40, worktypes.PHASE_COMMIT, "other"), nil)
	require.ErrorIs(t, err, ErrMaybeSigned)
	require.NoError(t, s.Close())
	s = open(t, options(dir))
	_, err = s.Record(statement(40, worktypes.PHASE_COMMIT, "other"), nil)
	require.ErrorIs(t, err, ErrMaybeSigned, "the floor survives another restart")
}

func TestMissingOrDamagedMarkerWaitsForTheChain(t *testing.T) {
	for name, change := range map[string]func(dir string) error{
		"missing": func(dir string) error { return os.Remove(markerPath(dir)) },
		"changed": func(dir string) error {
			data, err := os.ReadFile(markerPath(dir))
			if err != nil {
				return err
			}
			data[len(data)/2] ^= 1
			return os.WriteFile(markerPath(dir), data, 0o600)
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			s := open(t, options(dir))
			commit(t, s, 30)
			s = damage(t, dir, s, func(t *testing.T, _ string) { require.NoError(t, change(dir)) })
			require.True(t, s.NeedsFloor())
			_, err := s.Record(statement(99, worktypes.PHASE_COMMIT, "x"), nil)
			require.ErrorIs(t, err, ErrMaybeSigned)
			require.NoError(t, s.Close())
			s = open(t, options(dir))
			require.True(t, s.NeedsFloor(), "a restart does not forget it")
			require.NoError(t, s.SetFloor(map[devicetypes.WorkClass]uint64{devicetypes.WORK_CLASS_GPU: 100, devicetypes.WORK_CLASS_DISK: 9 << 16}))
			_, err = s.Record(statement(100, worktypes.PHASE_COMMIT, "x"), nil)
			require.ErrorIs(t, err, ErrMaybeSigned)
			require.ErrorIs(t, s.MayRecord(keyOf(t, statement(100, worktypes.PHASE_COMMIT, "x")), devicetypes.WORK_CLASS_GPU), ErrMaybeSigned)
			_, err = s.Record(statement(101, worktypes.PHASE_COMMIT, "x"), nil)
			require.NoError(t, err)
			proof := statement(9<<16, worktypes.PHASE_PROVE, "x")
			proof.Class = devicetypes.WORK_CLASS_DISK
			_, err = s.Record(proof, nil)
			require.ErrorIs(t, err, ErrMaybeSigned, "disks count windows in another way and have a floor of their own")
			proof.Window++
			_, err = s.Record(proof, nil)
			require.NoError(t, err)
		})
	}
}

func TestNewSpoolWithOldKeysWaitsForTheChain(t *testing.T) {
	opts := options(t.TempDir())
	opts.Fresh = false
	require.True(t, open(t, opts).NeedsFloor())
	require.False(t, open(t, options(t.TempDir())).NeedsFloor(), "with new keys nothing can be lost")
}
