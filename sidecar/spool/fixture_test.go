package spool

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

const testChain = "joule-test-1"

var device = bytes.Repeat([]byte{7}, deviceBytes)

func options(dir string) Options {
	return Options{
		Dir: dir, ChainID: testChain, Fresh: true,
		Now:  func() time.Time { return time.Unix(1_000_000, 0) },
		Free: func(string) (uint64, error) { return 1 << 40, nil },
	}
}

func open(t *testing.T, opts Options) *Spool {
	t.Helper()
	s, err := Open(opts)
	require.NoError(t, err)
	t.Cleanup(func() { s.Close() })
	return s
}

func statement(window uint64, phase worktypes.Phase, payload string) Statement {
	return Statement{
		Device: device, Class: devicetypes.WORK_CLASS_GPU, Window: window, Phase: phase, ChainID: testChain,
		Payload: []byte(payload), FirstHeight: int64(window) + 2, LastHeight: int64(window) + 6, Epoch: 3, Rounds: 9, Units: 81,
	}
}

func keyOf(t *testing.T, st Statement) Key {
	t.Helper()
	k, err := st.Key()
	require.NoError(t, err)
	return k
}

func signWith(sig string) func(Statement) ([]byte, error) {
	return func(Statement) ([]byte, error) { return []byte(sig), nil }
}

func commit(t *testing.T, s *Spool, window uint64) Key {
	t.Helper()
	st := statement(window, worktypes.PHASE_COMMIT, "commitment")
	_, err := s.Record(st, []byte("transcript"))
	require.NoError(t, err)
	_, err = s.Sign(keyOf(t, st), signWith("sig"))
	require.NoError(t, err)
	return keyOf(t, st)
}
