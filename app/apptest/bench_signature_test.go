package apptest

import (
	"crypto/rand"
	"fmt"
	"testing"

	"github.com/oasisprotocol/curve25519-voi/primitives/ed25519"
	"github.com/stretchr/testify/require"

	devicetestutil "github.com/joulechain/joule/x/device/testutil"
	devicetypes "github.com/joulechain/joule/x/device/types"
)

// BenchmarkDeviceSignatures compares device signatures checked one by one, as the chain does, with a batch under the
// same ZIP-215 rules. Each operation is one signature.
func BenchmarkDeviceSignatures(b *testing.B) {
	const n = 64
	keys, msgs, sigs := make([]devicetestutil.Key, n), make([][]byte, n), make([][]byte, n)
	for i := range n {
		keys[i] = devicetestutil.NumberedKey(uint64(i))
		msgs[i] = make([]byte, 120)
		msgs[i][0] = byte(i)
		sigs[i] = keys[i].Sign(msgs[i])
	}
	b.Run("single", func(b *testing.B) {
		i := 0
		for b.Loop() {
			if devicetypes.VerifySignature(keys[i].Public, msgs[i], sigs[i]) != nil {
				b.Fatal("refused")
			}
			i = (i + 1) % n
		}
	})
	for _, size := range []int{8, 32, n} {
		b.Run(fmt.Sprintf("batch=%d", size), func(b *testing.B) {
			options := &ed25519.Options{Verify: ed25519.VerifyOptionsZIP_215}
			for b.Loop() {
				v := ed25519.NewBatchVerifierWithCapacity(size)
				for i := range size {
					v.AddWithOptions(ed25519.PublicKey(keys[i].Public.Key), msgs[i], sigs[i], options)
				}
				ok, _ := v.Verify(rand.Reader)
				require.True(b, ok)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*size), "ns/signature")
		})
	}
}
