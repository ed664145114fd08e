package types_test

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/device/types"
)

// A valid key stays valid under its id's text, and no key makes the checks panic.
func FuzzPublicKeyValidate(f *testing.F) {
	f.Fuzz(func(t *testing.T, kind int32, key []byte) {
		pk := types.PublicKey{Type: types.KeyType(kind), Key: key}
		if pk.Validate() != nil {
			return
		}
		id, err := types.ParseDeviceID(types.FormatDeviceID(types.DeviceID(pk)))
		require.NoError(t, err)
		require.Equal(t, types.DeviceID(pk), id)
		want := types.Secp256KeySize
		if pk.Type == types.KEY_TYPE_ED25519 {
			want = types.Ed25519KeySize
		}
		require.Len(t, key, want)
	})
}

// A signature that holds does so under a valid key, and for no other message.
func FuzzVerifySignature(f *testing.F) {
	f.Fuzz(func(t *testing.T, kind int32, key, msg, sig []byte) {
		pk := types.PublicKey{Type: types.KeyType(kind), Key: key}
		if types.VerifySignature(pk, msg, sig) != nil {
			return
		}
		require.NoError(t, pk.Validate())
		require.Len(t, sig, types.SignatureSize)
		require.Error(t, types.VerifySignature(pk, append(bytes.Clone(msg), 0), sig))
	})
}

// Every text that is accepted is the one that FormatDeviceID writes.
func FuzzParseDeviceID(f *testing.F) {
	f.Fuzz(func(t *testing.T, text string) {
		id, err := types.ParseDeviceID(text)
		if err != nil {
			require.ErrorIs(t, err, types.ErrInvalidDeviceID)
			return
		}
		require.Len(t, id, types.DeviceIDSize)
		require.Equal(t, text, types.FormatDeviceID(id))
	})
}

// Whatever decodes as a registration can be checked without a panic, and encoding it again changes no signed byte.
func FuzzRegistration(f *testing.F) {
	f.Fuzz(func(t *testing.T, bz []byte) {
		var r types.Registration
		if r.Unmarshal(bz) != nil {
			return
		}
		signed := types.RegistrationSignBytes(chainID, r)
		valid := r.ValidateBasic() == nil
		verified := r.VerifySignature(chainID) == nil
		again, err := r.Marshal()
		require.NoError(t, err)
		var back types.Registration
		require.NoError(t, back.Unmarshal(again))
		require.Equal(t, valid, back.ValidateBasic() == nil)
		require.Equal(t, verified, back.VerifySignature(chainID) == nil)
		if valid {
			require.Equal(t, signed, types.RegistrationSignBytes(chainID, back))
		}
	})
}
