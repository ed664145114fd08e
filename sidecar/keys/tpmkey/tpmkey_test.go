package tpmkey_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/sha256"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/attest/akca"
	"github.com/joulechain/joule/sidecar/attest/swtpm"
	"github.com/joulechain/joule/sidecar/keys/tpmkey"
	"github.com/joulechain/joule/x/device/evidence/tpm"
	"github.com/joulechain/joule/x/device/evidence/x509chain"
)

// emulator runs a software TPM for a test, which is skipped where there is none.
func emulator(t *testing.T) (*swtpm.TPM, *tpmkey.TPM) {
	t.Helper()
	if err := swtpm.Installed(); err != nil {
		t.Skip(err)
	}
	dir, err := os.MkdirTemp("", "swtpm") // a short path, for the socket
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	e, err := swtpm.Make(t.Context(), dir, nil)
	require.NoError(t, err)
	argv := e.Command()
	process := exec.Command(argv[0], argv[1:]...)
	require.NoError(t, process.Start())
	t.Cleanup(func() { _ = process.Process.Kill(); _ = process.Wait() })
	require.NoError(t, e.Await(t.Context()))
	device, err := tpmkey.New(e.Address())
	require.NoError(t, err)
	return e, device
}

// TestEnrolAndCertify is the whole way of a TPM: a device key, an authority that certifies the attestation key, and a
// statement that the chain's verifier accepts.
func TestEnrolAndCertify(t *testing.T) {
	e, device := emulator(t)
	key, err := device.NewKey()
	require.NoError(t, err)

	var ak tpmkey.AttestationKey
	public, err := device.Public(ak)
	require.NoError(t, err)
	certificate, err := device.ReadIndex(tpmkey.IndexRSA)
	require.NoError(t, err)
	makers, err := e.Authorities()
	require.NoError(t, err)
	authority, err := akca.New("Test", makers[len(makers)-1:], 48*time.Hour)
	require.NoError(t, err)
	challenge, err := authority.Challenge(append([][]byte{certificate}, makers...), public)
	require.NoError(t, err)
	value, err := device.Activate(ak, challenge.Blob)
	require.NoError(t, err)
	chain, err := authority.Certify(challenge, value)
	require.NoError(t, err)
	value[0] ^= 1
	_, err = authority.Certify(challenge, value)
	require.ErrorIs(t, err, akca.ErrNotActivated)

	nonce := sha256.Sum256([]byte("nonce"))
	s, err := device.Certify(key, ak, nonce)
	require.NoError(t, err)
	anchors := tpm.Anchors{Roots: []x509chain.KeyHash{authority.Root()}, Purpose: x509chain.OIDAttestationKey}
	holder, err := tpm.VerifyAttestationChain(anchors, chain, time.Now().Unix())
	require.NoError(t, err)
	certified, err := tpm.VerifyCertification(holder.Key, nonce, s.Public, s.Attest, s.Signature)
	require.NoError(t, err)
	require.Equal(t, key.Public, certified.DeviceKey)
	_, err = tpm.VerifyCertification(holder.Key, sha256.Sum256(nil), s.Public, s.Attest, s.Signature)
	require.ErrorIs(t, err, tpm.ErrNonce)

	wrong := key
	wrong.Unique[0] ^= 1
	_, _, err = device.Sign(wrong, nonce)
	require.ErrorIs(t, err, tpmkey.ErrChanged)
	_, err = device.Certify(key, tpmkey.AttestationKey{Handle: 0x81000123}, nonce)
	require.ErrorIs(t, err, tpmkey.ErrTPM)
	require.ErrorContains(t, err, "0x81000123")
	_, err = device.Activate(ak, challenge.Blob[:9])
	require.Error(t, err)
	_, err = device.ReadIndex(0x01c0ffff)
	require.ErrorIs(t, err, tpmkey.ErrTPM)
}

// TestKeysAreMadeAgain: the same key each time, another one for each device, from many places at once, and after the
// TPM was left full.
func TestKeysAreMadeAgain(t *testing.T) {
	_, device := emulator(t)
	one, err := device.NewKey()
	require.NoError(t, err)
	two, err := device.NewKey()
	require.NoError(t, err)
	require.NotEqual(t, one.Public, two.Public)
	digest := sha256.Sum256([]byte("statement"))
	again, err := tpmkey.New(device.Address()) // another process
	require.NoError(t, err)
	var all sync.WaitGroup
	for i := range 6 {
		all.Add(1)
		go func() {
			defer all.Done()
			k, from := one, device
			if i%2 == 1 {
				k, from = two, again
			}
			r, s, err := from.Sign(k, digest)
			if !errors.Is(err, nil) {
				t.Error(err)
				return
			}
			key, err := k.ECDSA()
			if err != nil || !ecdsa.Verify(key, digest[:], r, s) {
				t.Error("the signature does not hold")
			}
		}()
	}
	all.Wait()
	tpmkey.Leave(t, device, 3)
	_, _, err = device.Sign(one, digest)
	require.NoError(t, err, "a full TPM on a socket is cleared of what a dead program left")
}

func TestAddresses(t *testing.T) {
	for address, good := range map[string]bool{
		"": true, "/dev/tpmrm0": true, "unix:/run/swtpm": true, "tcp:127.0.0.1:2321": true,
		"unix:": false, "tcp:nowhere": false, "usb:1": false, "tpm0": false,
	} {
		_, err := tpmkey.New(address)
		if good {
			require.NoError(t, err, address)
		} else {
			require.ErrorIs(t, err, tpmkey.ErrAddress, address)
		}
	}
	require.NoError(t, tpmkey.AttestationKey{Handle: 0x81000003}.Validate())
	require.ErrorIs(t, tpmkey.AttestationKey{Handle: 0x80000003}.Validate(), tpmkey.ErrAddress)
}

func TestNoTPM(t *testing.T) {
	device, err := tpmkey.New(filepath.Join(t.TempDir(), "tpmrm0"))
	require.NoError(t, err)
	_, err = device.NewKey()
	require.ErrorIs(t, err, tpmkey.ErrUnavailable)
	require.ErrorContains(t, err, "swtpm")
	device, err = tpmkey.New("unix:" + filepath.Join(t.TempDir(), "socket"))
	require.NoError(t, err)
	_, err = device.Public(tpmkey.AttestationKey{})
	require.ErrorIs(t, err, tpmkey.ErrUnavailable)
}

// TestHostileTPM: what answers is no TPM.
func TestHostileTPM(t *testing.T) {
	for name, answer := range map[string][]byte{
		"silence":  {},
		"short":    {0x80, 0x01, 0, 0},
		"too long": {0x80, 0x01, 0, 0xff, 0xff, 0xff, 0, 0, 0, 0},
		"refusal":  {0x80, 0x01, 0, 0, 0, 10, 0, 0, 0x01, 0x01},
		"garbage":  {0x80, 0x02, 0, 0, 0, 14, 0, 0, 0, 0, 1, 2, 3, 4},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "s")
			listener, err := (&net.ListenConfig{}).Listen(context.Background(), "unix", path)
			require.NoError(t, err)
			t.Cleanup(func() { _ = listener.Close() })
			go func() {
				for {
					conn, err := listener.Accept()
					if err != nil {
						return
					}
					_, _ = conn.Read(make([]byte, 4096))
					_, _ = conn.Write(answer)
					_ = conn.Close()
				}
			}()
			device, err := tpmkey.New("unix:" + path)
			require.NoError(t, err)
			_, err = device.NewKey()
			require.Error(t, err)
			require.True(t, errors.Is(err, tpmkey.ErrUnavailable) || errors.Is(err, tpmkey.ErrTPM), "%v", err)
		})
	}
}
