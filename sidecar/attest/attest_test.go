package attest_test

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/json"
	"encoding/pem"
	"errors"
	"log/slog"
	"math/big"
	"os"
	"path/filepath"
	"testing"
	"time"

	sdk "github.com/cosmos/cosmos-sdk/types"
	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/attest"
	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/x/device/evidence/tpm"
	devicetypes "github.com/joulechain/joule/x/device/types"
)

// world is a chain that accepts what it is shown, and hardware that answers one nonce: what an emulated TPM said once.
type world struct {
	params   devicetypes.EvidenceParams
	device   devicetypes.Device
	known    bool
	held     devicetypes.QueryAttestationResponse
	nonce    []byte
	nonceErr error
	sendErr  error
	sent     []*devicetypes.MsgAttest
	answers  int
	ak       []byte
	evidence devicetypes.HardwareEvidence
	height   int64
}

// statement is one attestation key's in x/device/evidence/tpm/testdata.
type statement struct {
	Public, Attest, Signature []byte
	Chain                     [][]byte
}

func newWorld(t *testing.T) *world {
	t.Helper()
	var v struct {
		Nonce  []byte      `json:"nonce"`
		Device []byte      `json:"device_public"`
		Keys   []statement `json:"attestation_keys"`
	}
	text, err := os.ReadFile("../../x/device/evidence/tpm/testdata/swtpm.json")
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &v))
	ak := v.Keys[0]
	root, err := x509.ParseCertificate(ak.Chain[len(ak.Chain)-1])
	require.NoError(t, err)
	hash := sha256.Sum256(root.RawSubjectPublicKeyInfo)
	public, err := tpm.ParsePublic(v.Device)
	require.NoError(t, err)
	point := public.Key.Bytes() // 04 ‖ x ‖ y
	key := devicetypes.PublicKey{Type: devicetypes.KEY_TYPE_SECP256R1, Key: append([]byte{2 | point[64]&1}, point[1:33]...)}
	w := &world{
		params:   devicetypes.EvidenceParams{TpmRoots: [][]byte{hash[:]}, AttestationEpochs: 12, NonceMaxAgeBlocks: 50},
		device:   devicetypes.Device{Id: devicetypes.DeviceID(key), PublicKey: key, WorkClass: devicetypes.WORK_CLASS_GPU},
		nonce:    v.Nonce,
		ak:       ak.Public,
		evidence: attest.TPMEvidence(ak.Chain, v.Device, ak.Attest, ak.Signature),
		height:   90,
	}
	return w
}

func (w *world) Status(context.Context) (chain.Status, error) {
	w.height++
	return chain.Status{Height: w.height}, nil
}

func (w *world) DeviceParams(context.Context) (devicetypes.Params, error) {
	return devicetypes.Params{Evidence: w.params}, nil
}
func (w *world) Device(context.Context, []byte) (devicetypes.Device, error) { return w.device, nil }
func (w *world) Attestation(context.Context, []byte) (devicetypes.QueryAttestationResponse, bool, error) {
	return w.held, w.known, nil
}

func (w *world) AttestNonce(context.Context, []byte, devicetypes.EvidenceKind, int64) (devicetypes.QueryAttestNonceResponse, error) {
	return devicetypes.QueryAttestNonceResponse{Nonce: w.nonce, NonceHeight: 92, Renewal: w.known}, w.nonceErr
}
func (*world) Kind() devicetypes.EvidenceKind { return devicetypes.EVIDENCE_KIND_TPM }
func (*world) Describe() string               { return "a TPM's recording" }
func (w *world) Answer(context.Context, [32]byte) (devicetypes.HardwareEvidence, error) {
	w.answers++
	return w.evidence, nil
}

// Send implements attest.Sender: the chain takes it.
func (w *world) Send(_ context.Context, msg sdk.Msg, _ time.Duration) (chain.TxResult, error) {
	if w.sendErr != nil {
		return chain.TxResult{}, w.sendErr
	}
	m := msg.(*devicetypes.MsgAttest)
	w.sent = append(w.sent, m)
	epoch := w.held.CurrentEpoch
	leaf, _ := x509.ParseCertificate(w.evidence.Certificates()[0])
	hash := sha256.Sum256(leaf.RawSubjectPublicKeyInfo)
	holder := sha256.Sum256(append([]byte("joule/device/evidence/tpm/ak/v1"), leaf.RawSubjectPublicKeyInfo...))
	w.known = true
	w.held.InForce, w.held.TierPpm = true, 1_000_000
	w.held.Attestation = devicetypes.Attestation{
		Kind: devicetypes.EVIDENCE_KIND_TPM, ChipId: holder[:], KeyHashes: [][]byte{hash[:]}, FromEpoch: epoch + 1, ExpiresEpoch: epoch + 13,
	}
	return chain.TxResult{Hash: "AB", GasUsed: 7}, nil
}

func (w *world) request() attest.Request {
	return attest.Request{Device: w.device.Id, Source: w, Sender: "joule1payer"}
}

var now = time.Unix(1_800_000_000, 0)

func TestOnceSendsAndThenRenewsWithoutCertificates(t *testing.T) {
	w := newWorld(t)
	done, err := attest.Once(t.Context(), w, w, w.request(), now)
	require.NoError(t, err)
	require.False(t, done.Renewal)
	require.Equal(t, "tpm", done.Kind)
	require.EqualValues(t, 13, done.ExpiresEpoch)
	require.Len(t, w.sent[0].Evidence.Certificates(), 2)
	require.EqualValues(t, 92, w.sent[0].NonceHeight)
	require.Greater(t, w.height, int64(92), "the nonce's block must be over")
	require.Equal(t, devicetypes.FormatDeviceID(w.device.Id), w.sent[0].DeviceId)

	done, err = attest.Once(t.Context(), w, w, w.request(), now)
	require.NoError(t, err)
	require.True(t, done.Renewal)
	require.Empty(t, w.sent[1].Evidence.Certificates())
	require.NotEmpty(t, w.sent[1].Evidence.GetTpm().Attest)
	full := w.request()
	full.Full = true
	_, err = attest.Once(t.Context(), w, w, full, now)
	require.NoError(t, err)
	require.Len(t, w.sent[2].Evidence.Certificates(), 2)
	w.held.Attestation.KeyHashes[0] = bytes.Repeat([]byte{1}, 32)
	_, err = attest.Once(t.Context(), w, w, w.request(), now)
	require.NoError(t, err)
	require.Len(t, w.sent[3].Evidence.Certificates(), 2, "the chain knows another key")
}

func TestBadEvidenceIsNotSent(t *testing.T) {
	for name, change := range map[string]func(*world){
		"another nonce":         func(w *world) { w.nonce = bytes.Repeat([]byte{9}, 32) },
		"short nonce":           func(w *world) { w.nonce = w.nonce[:31] },
		"unknown authority":     func(w *world) { w.params.TpmRoots = [][]byte{bytes.Repeat([]byte{1}, 32)} },
		"no authority":          func(w *world) { w.params.TpmRoots = nil },
		"another device":        func(w *world) { w.device.PublicKey.Key = bytes.Repeat([]byte{2}, 33) },
		"a key of another sort": func(w *world) { w.device.PublicKey.Type = devicetypes.KEY_TYPE_ED25519 },
		"damaged statement":     func(w *world) { w.evidence.GetTpm().Attest[20] ^= 1 },
		"damaged signature":     func(w *world) { s := w.evidence.GetTpm().Signature; s[len(s)-1] ^= 1 },
		"chain upside down":     func(w *world) { c := w.evidence.GetTpm().Certificates; c[0], c[1] = c[1], c[0] },
		"too long":              func(w *world) { w.evidence.GetTpm().Public = make([]byte, 641) },
		"nothing":               func(w *world) { w.evidence = devicetypes.HardwareEvidence{} },
		"NVIDIA's, truncated":   func(w *world) { w.evidence = attest.NVIDIAEvidence(make([][]byte, 0), []byte{0x11, 0xe0}) },
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			change(w)
			_, err := attest.Once(t.Context(), w, w, w.request(), now)
			require.Error(t, err)
			require.Empty(t, w.sent)
		})
	}
	w := newWorld(t)
	_, err := attest.Once(t.Context(), w, w, w.request(), time.Unix(4_100_000_000, 0))
	require.ErrorIs(t, err, attest.ErrRefused, "expired by the block's time")
}

func renewer(t *testing.T, w *world, c *clock.Fake) *attest.Renewer {
	t.Helper()
	return attest.NewRenewer(attest.Options{
		Name: "gpu0", Device: w.device.Id, Source: w, Chain: w, Sender: w, Payer: "joule1payer", Every: time.Second, Clock: c, Log: slog.New(slog.DiscardHandler),
		BlockTime: func() time.Time { return now },
	})
}

func TestRenewsBeforeTheEnd(t *testing.T) {
	w, c := newWorld(t), clock.NewFake(now)
	r := renewer(t, w, c)
	r.Look(t.Context())
	require.Len(t, w.sent, 1)
	require.True(t, r.Status().InForce)
	require.Empty(t, r.Status().Problem())
	for epoch, sent := range map[uint64]int{1: 1, 8: 1} { // expires with 13; the lead is 4
		w.held.CurrentEpoch = epoch
		r.Look(t.Context())
		require.Len(t, w.sent, sent)
	}
	w.held.CurrentEpoch = 9
	r.Look(t.Context())
	require.Len(t, w.sent, 2)
	require.EqualValues(t, 2, r.Status().Accepted)
	require.Empty(t, w.sent[1].Evidence.Certificates())
	w.held.Revoked = true
	r.Look(t.Context())
	require.Contains(t, r.Status().Problem(), "revoked")
}

func TestFailuresAreShownAndTriedAgain(t *testing.T) {
	w, c := newWorld(t), clock.NewFake(now)
	r := renewer(t, w, c)
	w.sendErr = errors.New("insufficient funds")
	r.Look(t.Context())
	require.Contains(t, r.Status().Problem(), "insufficient funds")
	require.EqualValues(t, 1, r.Status().Failed)
	r.Look(t.Context())
	require.Equal(t, 1, w.answers, "not again at once")
	w.sendErr = nil
	c.Advance(time.Minute)
	r.Look(t.Context())
	require.Len(t, w.sent, 1)
	require.Empty(t, r.Status().Problem())

	w.known, w.held.InForce = false, false
	w.nonceErr = chain.ErrNoNonce
	r.Look(t.Context())
	require.EqualValues(t, 1, r.Status().Failed, "waiting for a window is no failure")
	require.Contains(t, r.Status().Problem(), "nothing to attest now")
	w.nonceErr = nil
	r.Look(t.Context())
	require.Len(t, w.sent, 2)
	w.known, w.sendErr = false, devicetypes.ErrNonceHeight
	r.Look(t.Context())
	require.EqualValues(t, 1, r.Status().Failed)
	w.sendErr = nil
	r.Look(t.Context())
	require.Len(t, w.sent, 3, "a new nonce at the next look")
}

func TestCertificatesFromFiles(t *testing.T) {
	w, dir := newWorld(t), t.TempDir()
	certificates := w.evidence.Certificates()
	var text []byte
	for _, c := range certificates {
		text = append(text, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: c})...)
	}
	both := append(bytes.Clone(certificates[0]), certificates[1]...)
	for name, data := range map[string][]byte{
		"chain.pem": text, "chain.der": both, "padded.der": append(bytes.Clone(both), make([]byte, 100)...), "leaf.der": certificates[0], "root.der": certificates[1],
		"key.pem": pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: []byte{1}}), "cut.der": both[:len(both)-1], "empty": {}, "long": make([]byte, 70<<10),
		"seven.pem": bytes.Repeat(text, 4),
	} {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	load := func(names ...string) ([][]byte, error) {
		return attest.LoadCertificates(names, func(p string) string { return filepath.Join(dir, p) }, nil)
	}
	for _, names := range [][]string{{"chain.pem"}, {"chain.der"}, {"padded.der"}, {"leaf.der", "root.der"}} {
		got, err := load(names...)
		require.NoError(t, err, names)
		require.Equal(t, certificates, got)
	}
	for _, names := range [][]string{{}, {"leaf.der"}, {"key.pem"}, {"cut.der"}, {"empty"}, {"long"}, {"seven.pem"}, {"missing"}, {"nv:5"}, {"nv:abc"}} {
		_, err := load(names...)
		require.Error(t, err, names)
	}
	require.NoError(t, attest.Belongs(certificates, func() ([]byte, error) { return w.ak, nil }))
	require.ErrorIs(t, attest.Belongs(certificates[1:], func() ([]byte, error) { return w.ak, nil }), attest.ErrCertificates)
	_, err := attest.ParseHandle("0x81000003")
	require.NoError(t, err)
	for _, bad := range []string{"x", "0", "0x40000001", "-1"} {
		_, err := attest.ParseHandle(bad)
		require.Error(t, err, bad)
	}
}

// TestReportFromFiles: what was made elsewhere is read, and checked like everything else.
func TestReportFromFiles(t *testing.T) {
	dir := t.TempDir()
	report, chainFile := filepath.Join(dir, "report"), filepath.Join(dir, "chain.pem")
	require.NoError(t, os.WriteFile(report, []byte("report"), 0o600))
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "chip"}, UnknownExtKeyUsage: []asn1.ObjectIdentifier{{1, 2}}}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(chainFile, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}), 0o600))
	s := &attest.FileSource{Report: report, Chain: chainFile}
	e, err := s.Answer(t.Context(), [32]byte{})
	require.NoError(t, err)
	require.Equal(t, []byte("report"), e.GetNvidia().Report)
	require.Equal(t, [][]byte{der}, e.GetNvidia().Certificates)
	w := newWorld(t)
	r := w.request()
	r.Source = s
	_, err = attest.Once(t.Context(), w, w, r, now)
	require.ErrorIs(t, err, attest.ErrRefused)
	s.Chain = filepath.Join(dir, "missing")
	_, err = s.Answer(t.Context(), [32]byte{})
	require.ErrorIs(t, err, os.ErrNotExist)
}
