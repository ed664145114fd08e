package spool

import (
	"testing"

	"github.com/stretchr/testify/require"

	worktypes "github.com/joulechain/joule/x/work/types"
)

// Decoding never panics, and whatever decodes encodes to a record that decodes to the same.
func FuzzDecodeStatement(f *testing.F) {
	st := statement(10, worktypes.PHASE_COMMIT, "payload")
	st.State = Prepared
	k, v, err := encodeStatement(st)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(k, v)
	f.Add(k, v[:len(v)-1])
	f.Add(k[:5], v)
	f.Add(k, wrap(k, []byte(`{"state":"signed"}`)))
	f.Fuzz(func(t *testing.T, key, value []byte) {
		got, err := decodeStatement(key, value)
		if err != nil {
			require.ErrorIs(t, err, ErrDamaged)
			return
		}
		k2, v2, err := encodeStatement(got)
		require.NoError(t, err)
		again, err := decodeStatement(k2, v2)
		require.NoError(t, err)
		require.Equal(t, got, again)
	})
}

// A record's body reaches the JSON decoder only under a right checksum, so it is fuzzed beneath it as well.
func FuzzDecodeBody(f *testing.F) {
	k := Key{Window: 10, Phase: worktypes.PHASE_COMMIT}
	f.Add([]byte(`{"device":"AAAAAAAAAAAAAAAAAAAAAAAAAAA=","window":10,"phase":1,"payload":"eA==","state":"prepared"}`))
	f.Add([]byte(`{}`))
	f.Add([]byte(`[]{}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		if _, err := decodeStatement(k.bytes(), wrap(k.bytes(), body)); err != nil {
			require.ErrorIs(t, err, ErrDamaged)
		}
	})
}
