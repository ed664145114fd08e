package radioworker

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	proof "github.com/joulechain/joule/x/work/proof/radio"
)

// Whatever chains.json holds, opening it never panics and leaves it as it is; what opens is written as a file that
// opens as the same, and each of its chains gives an anchor and the value of its last epoch.
func FuzzChains(f *testing.F) {
	device := proof.DeviceID{1, 2, 3}
	id, secret := hex.EncodeToString(device[:]), strings.Repeat("5a", proof.PreimageSize)
	for _, chains := range []string{
		``, `{"anchor_epoch":7,"last_epoch":4103,"secret":"` + secret + `"}`,
		`{"anchor_epoch":7,"last_epoch":9,"secret":"` + secret + `"},{"anchor_epoch":9,"last_epoch":9,"secret":"` + strings.ToUpper(secret) + `"}`,
		`{"anchor_epoch":7,"last_epoch":4104,"secret":"` + secret + `"}`,
		`{"anchor_epoch":9,"last_epoch":7,"secret":"` + secret + `"}`,
		`{"anchor_epoch":18446744073709551615,"last_epoch":18446744073709551615,"secret":"` + secret + `"}`,
		`{"anchor_epoch":1,"last_epoch":2,"secret":"5a"}`, `null`,
	} {
		f.Add(fmt.Appendf(nil, `{"version":1,"device":"%s","chains":[%s]}`, id, chains))
	}
	f.Add(fmt.Appendf(nil, `{"version":2,"device":"%s"}`, id))
	f.Add([]byte(`{"version":1,"device":"00","chains":[]}`))
	f.Add([]byte(`null`))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "chains.json")
		require.NoError(t, os.WriteFile(path, data, 0o600))
		c, err := OpenChains(path, device)
		left, readErr := os.ReadFile(path)
		require.NoError(t, readErr)
		require.Equal(t, data, left)
		if err != nil {
			require.ErrorIs(t, err, ErrChains)
			require.Empty(t, c.saved.Chains)
			return
		}
		written, err := json.MarshalIndent(c.saved, "", "  ")
		require.NoError(t, err)
		require.NoError(t, os.WriteFile(path, append(written, '\n'), 0o600))
		if len(written) < maxChainsFile { // indenting may make a full file longer than one that is read
			again, err := OpenChains(path, device)
			require.NoError(t, err)
			require.Equal(t, c.saved, again.saved)
		}
		for i, h := range c.saved.Chains {
			if i == 4 {
				break // a walk takes up to 4,096 hashes
			}
			anchor, err := c.anchor(h)
			require.NoError(t, err)
			if h.Last > h.Anchor {
				value, last, err := c.Preimage(anchor, h.Last)
				require.NoError(t, err)
				require.Equal(t, h.Last, last)
				require.Equal(t, strings.ToLower(h.Secret), hex.EncodeToString(value[:]))
			}
		}
	})
}
