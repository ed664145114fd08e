package gpu

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"github.com/stretchr/testify/require"

	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

func sampleTranscript(rounds int) *Transcript {
	t := NewTranscript(params(64, 4), proofgpu.Seed{9})
	for i := range rounds {
		t.Append(proofgpu.Node{byte(i), 1})
	}
	return t
}

func TestTranscriptRoundTrip(t *testing.T) {
	for _, rounds := range []int{0, 1, 2, 100} {
		want := sampleTranscript(rounds)
		data, err := want.MarshalBinary()
		require.NoError(t, err)
		var got Transcript
		require.NoError(t, got.UnmarshalBinary(data))
		require.Equal(t, *want, got)
	}
	_, err := sampleTranscript(0).Commitment()
	require.ErrorIs(t, err, proofgpu.ErrCommitment)
}

func TestDamagedTranscriptIsRefused(t *testing.T) {
	data, err := sampleTranscript(3).MarshalBinary()
	require.NoError(t, err)
	for i := range data {
		data[i] ^= 1
		require.ErrorIs(t, new(Transcript).UnmarshalBinary(data), ErrTranscript, "byte %d", i)
		data[i] ^= 1
	}
	for size := range data {
		require.ErrorIs(t, new(Transcript).UnmarshalBinary(data[:size]), ErrTranscript)
	}

	// A correct checksum does not make wrong contents right.
	resum := func(body []byte) []byte {
		sum := sha256.Sum256(body)
		return append(append([]byte(nil), body...), sum[:]...)
	}
	body := data[:len(data)-sha256.Size]
	require.ErrorIs(t, new(Transcript).UnmarshalBinary(resum(body[:len(body)-1])), ErrTranscript)
	require.ErrorIs(t, new(Transcript).UnmarshalBinary(resum(append(append([]byte(nil), body...), 0))), ErrTranscript)
	huge := append([]byte(nil), body...)
	binary.LittleEndian.PutUint64(huge[transcriptHeader-8:], 1<<60)
	require.ErrorIs(t, new(Transcript).UnmarshalBinary(resum(huge)), ErrTranscript)
	zero := append([]byte(nil), body...)
	binary.LittleEndian.PutUint32(zero[len(transcriptMagic):], 99)
	require.ErrorIs(t, new(Transcript).UnmarshalBinary(resum(zero)), proofgpu.ErrParams)
}

func FuzzTranscript(f *testing.F) {
	for _, rounds := range []int{0, 1, 5} {
		data, err := sampleTranscript(rounds).MarshalBinary()
		require.NoError(f, err)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		// The checksum is put right, so that the fuzzer reaches the fields.
		if len(data) >= sha256.Size {
			sum := sha256.Sum256(data[:len(data)-sha256.Size])
			copy(data[len(data)-sha256.Size:], sum[:])
		}
		var read Transcript
		if read.UnmarshalBinary(data) != nil {
			return
		}
		again, err := read.MarshalBinary()
		require.NoError(t, err)
		require.Equal(t, data, again)
	})
}
