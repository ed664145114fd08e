package keys

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"
)

// Whatever a key file holds, reading it never panics, and what reads as a key is written as what reads as the same key.
func FuzzKeyFile(f *testing.F) {
	for _, seed := range []string{
		`{"version":1,"kind":"device","type":"ed25519","public_key":"AAAA","secret":"AQID"}`,
		`{"version":1,"kind":"account","type":"secp256k1","public_key":"","secret":"AQ=="}`,
		`{"version":1,"kind":"device","type":"secp256r1","public_key":"AAAA","sealed":{"kdf":"argon2id","time":3,"memory_kib":65536,"lanes":4,"salt":"","nonce":"","ciphertext":""}}`,
		`{"version":1,"kind":"device","type":"tpm","public_key":"AAAA","tpm":{"address":"/dev/tpmrm0","unique":"AA=="}}`,
		`{"version":1,"kind":"device","type":"ed25519","secret":"AQ==","tpm":{}}`,
		`{"version":1,"kind":"device","type":"ed25519","public_key":"AAAA","secret":"AQID"} {"version":1}`,
		`{"version":2}`, `{} {}`, `null`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := parse(data)
		if err != nil {
			require.ErrorIs(t, err, ErrNotAKey)
			require.Zero(t, r)
			return
		}
		require.True(t, json.Valid(data), "a key file is one JSON text")
		written, err := json.MarshalIndent(r, "", "  ")
		require.NoError(t, err)
		again, err := parse(append(written, '\n'))
		require.NoError(t, err)
		rewritten, err := json.MarshalIndent(again, "", "  ")
		require.NoError(t, err)
		require.Equal(t, string(written), string(rewritten))
		require.Equal(t, r.header(), again.header())
		// What the key's type demands is asked of every record that parses. Deriving from a passphrase is left out: it
		// is slow on purpose.
		switch {
		case r.Sealed != nil:
			err = r.Sealed.check()
		case r.TPM != nil:
			_, err = tpmSigner(r)
		default:
			_, err = deviceSigner(r.Type, r.Secret)
		}
		if err != nil {
			require.ErrorIs(t, err, ErrNotAKey)
		}
	})
}
