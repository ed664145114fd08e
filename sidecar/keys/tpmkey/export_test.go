package tpmkey

import (
	"testing"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
	"github.com/stretchr/testify/require"
)

// Leave leaves keys loaded, as a program does that is killed.
func Leave(t *testing.T, device *TPM, count int) {
	t.Helper()
	require.NoError(t, device.use(func(c transport.TPM) error {
		for range count {
			if _, err := (tpm2.CreatePrimary{
				PrimaryHandle: tpm2.AuthHandle{Handle: tpm2.TPMRHOwner, Auth: tpm2.PasswordAuth(nil)}, InPublic: tpm2.New2B(attestationTemplate()),
			}).Execute(c); err != nil {
				return err
			}
		}
		return nil
	}))
}
