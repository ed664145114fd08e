package evidence

import (
	"bytes"
	"encoding/hex"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func binding() Binding {
	return Binding{ChainID: "joule-1", Height: 77, Seed: [32]byte{9}, DeviceID: bytes.Repeat([]byte{3}, DeviceIDSize), Owner: bytes.Repeat([]byte{4}, 20)}
}

// TestNonceGolden fixes the bytes: a change makes every statement in flight worthless.
func TestNonceGolden(t *testing.T) {
	nonce, err := binding().Nonce(KindNVIDIA)
	require.NoError(t, err)
	require.Equal(t, "5cbe65044325136f511bb4e506e18bafb9d47fc2456cee6e27d95403f76649f1", hex.EncodeToString(nonce[:]))
	nonce, err = binding().Nonce(KindTPM)
	require.NoError(t, err)
	require.Equal(t, "fdf4557741d06fe745a695b58235ac88479cda22cc452a8383a4f57a395df525", hex.EncodeToString(nonce[:]))
}

// TestNonceBindsEveryField: a change of any field, or a move of bytes between fields, changes the nonce.
func TestNonceBindsEveryField(t *testing.T) {
	seen := map[[32]byte]string{}
	for name, change := range map[string]func(*Binding){
		"nothing": func(*Binding) {}, "chain": func(b *Binding) { b.ChainID = "joule-2" }, "height": func(b *Binding) { b.Height++ },
		"height, high byte": func(b *Binding) { b.Height |= 1 << 63 }, "seed": func(b *Binding) { b.Seed[31] = 1 },
		"device": func(b *Binding) { b.DeviceID[0]++ }, "owner": func(b *Binding) { b.Owner[19]++ },
		"longer owner": func(b *Binding) { b.Owner = append(b.Owner, 0) }, "shorter owner": func(b *Binding) { b.Owner = b.Owner[:19] },
	} {
		for _, kind := range []Kind{KindNVIDIA, KindTPM} {
			b := binding()
			change(&b)
			nonce, err := b.Nonce(kind)
			require.NoError(t, err)
			require.Empty(t, seen[nonce], name)
			seen[nonce] = name
		}
	}
}

func TestNonceRefuses(t *testing.T) {
	for name, change := range map[string]func(*Binding){
		"no chain": func(b *Binding) { b.ChainID = "" }, "long chain": func(b *Binding) { b.ChainID = strings.Repeat("x", MaxChainID+1) },
		"no device": func(b *Binding) { b.DeviceID = nil }, "device of 32 bytes": func(b *Binding) { b.DeviceID = make([]byte, 32) },
		"no owner": func(b *Binding) { b.Owner = nil }, "long owner": func(b *Binding) { b.Owner = make([]byte, MaxOwner+1) },
	} {
		b := binding()
		change(&b)
		_, err := b.Nonce(KindNVIDIA)
		require.ErrorIs(t, err, ErrBinding, name)
	}
	_, err := binding().Nonce(0)
	require.ErrorIs(t, err, ErrBinding)
	_, err = binding().Nonce(3)
	require.ErrorIs(t, err, ErrBinding)
}

// FuzzNonce: two bindings with one nonce are equal.
func FuzzNonce(f *testing.F) {
	f.Add("joule-1", uint64(1), []byte("device-device-device"), []byte("owner"), "joule-1", uint64(1), []byte("device-device-device"), []byte("owne"))
	f.Fuzz(func(t *testing.T, chain1 string, height1 uint64, device1, owner1 []byte, chain2 string, height2 uint64, device2, owner2 []byte) {
		a := Binding{ChainID: chain1, Height: height1, DeviceID: device1, Owner: owner1}
		b := Binding{ChainID: chain2, Height: height2, DeviceID: device2, Owner: owner2}
		first, err := a.Nonce(KindTPM)
		if err != nil {
			return
		}
		second, err := b.Nonce(KindTPM)
		if err != nil {
			return
		}
		same := chain1 == chain2 && height1 == height2 && bytes.Equal(device1, device2) && bytes.Equal(owner1, owner2)
		require.Equal(t, same, first == second)
	})
}
