package radioworker_test

import (
	"bytes"
	"context"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/radio/gwmp"
	"github.com/joulechain/joule/sidecar/radio/lora"
	"github.com/joulechain/joule/sidecar/radio/receipts"
	"github.com/joulechain/joule/sidecar/radio/transmit"
	radioworker "github.com/joulechain/joule/sidecar/radio/worker"
	"github.com/joulechain/joule/sidecar/worker"
	devicetypes "github.com/joulechain/joule/x/device/types"
	proof "github.com/joulechain/joule/x/work/proof/radio"
	worktypes "github.com/joulechain/joule/x/work/types"
)

const (
	chainID   = "joule-test-1"
	epoch     = 5
	start     = 100 // the epoch's first height
	blocks    = 20
	ownNumber = 7
)

// edKey is a device key from a seed.
type edKey struct{ key ed25519.PrivateKey }

func keyFrom(name string) edKey {
	seed := sha256.Sum256([]byte(name))
	return edKey{ed25519.NewKeyFromSeed(seed[:])}
}

func (k edKey) PublicKey() devicetypes.PublicKey {
	return devicetypes.PublicKey{Type: devicetypes.KEY_TYPE_ED25519, Key: bytes.Clone(k.key[32:])}
}
func (k edKey) DeviceID() []byte                { return devicetypes.DeviceID(k.PublicKey()) }
func (k edKey) Sign(msg []byte) ([]byte, error) { return ed25519.Sign(k.key, msg), nil }

func (k edKey) signer() proof.Signer {
	return proof.Signer{Device: proof.DeviceID(k.DeviceID()), Key: proof.PublicKey{Type: proof.KeyEd25519, Bytes: k.PublicKey().Key}}
}

func mixOf(n uint64) []byte {
	sum := sha256.Sum256(binary.BigEndian.AppendUint64([]byte("mix"), n))
	return sum[:]
}

func params() worktypes.RadioParams {
	p := worktypes.DefaultRadioParams()
	p.BlockMillis, p.SlotMillis = 100, 2_000
	return p
}

// windowAt is the epoch's window as it is at a height.
func windowAt(height, startMillis int64) worktypes.Window {
	w := worktypes.NewRadioWindow(epoch, start, blocks, startMillis, mixOf(epoch), params())
	if height >= w.DrawAHeight {
		w.DrawAMix = mixOf(epoch + 1)
	}
	return w
}

// heard is a receipt of this device for a payload that somebody sent.
func heard(k keys.Signer, beaconer uint32) receipts.Heard {
	hash := payloadOf(beaconer).PayloadHash()
	readings := proof.Readings{Attenuation: 90, SNR: 20, Millis: 500}
	id := proof.DeviceID(k.DeviceID())
	signature, err := k.Sign(proof.ReceiptSignBytes(chainID, epoch, hash, id, readings))
	if err != nil {
		panic(err)
	}
	return receipts.Heard{Hash: hash, Receipt: proof.Receipt{Number: ownNumber, Readings: readings, Signature: [64]byte(signature)}}
}

func payloadOf(beaconer uint32) proof.Beacon {
	var b proof.Beacon
	binary.BigEndian.PutUint32(b.Payload[:], beaconer)
	return b
}

// air is a world for one worker: the chain's answers, the gateway, witnesses and their receipts.
type air struct {
	mu       sync.Mutex
	radio    worktypes.QueryRadioResponse
	asserted bool
	lost     error
	// heard are this radio's receipts; witnesses heard this radio's beacon.
	heard     []receipts.Heard
	witnesses []edKey
	forged    bool
	sought    map[[32]byte]bool
	opened    map[[32]byte]worktypes.QueryRadioBeaconResponse
	sent      []proof.Beacon
	refuse    error
	sending   func(proof.Beacon)
	begun     []receipts.Epoch
	// behind: the node has not seen all openings, and has none of the beacons.
	behind bool
	// unreachable are beacons whose look-up fails.
	unreachable map[[32]byte]bool
}

func (a *air) Radio(context.Context, []byte) (worktypes.QueryRadioResponse, bool, error) {
	return a.radio, a.asserted, a.lost
}

func (a *air) RadioBeacon(context.Context, uint64, uint32) (worktypes.QueryRadioBeaconResponse, bool, error) {
	return worktypes.QueryRadioBeaconResponse{}, false, nil
}

func (a *air) RadioBeaconByPayload(ctx context.Context, hash [32]byte) (worktypes.QueryRadioBeaconResponse, bool, error) {
	switch {
	case a.behind && chain.Needed(ctx) >= windowAt(0, 0).Radio.ProveHeight-1:
		return worktypes.QueryRadioBeaconResponse{}, false, chain.ErrBehind
	case a.behind:
		return worktypes.QueryRadioBeaconResponse{}, false, nil
	}
	if a.unreachable[hash] {
		return worktypes.QueryRadioBeaconResponse{}, false, errRefused
	}
	b, ok := a.opened[hash]
	return b, ok, nil
}

func (a *air) RadioVerdicts(context.Context, []byte) ([]worktypes.RadioVerdictView, error) {
	return nil, nil
}

func (a *air) Signer(_ context.Context, number uint32) (proof.Signer, bool, error) {
	if i := int(number) - 100; i >= 0 && i < len(a.witnesses) {
		return a.witnesses[i].signer(), true, nil
	}
	return proof.Signer{}, false, nil
}

func (a *air) Begin(e receipts.Epoch)              { a.begun = append(a.begun, e) }
func (a *air) Own([proof.HashSize]byte)            {}
func (a *air) Of(uint64) ([]receipts.Heard, error) { return a.heard, nil }

// post is the exchange's side of an air.
type post struct{ *air }

func (p post) Begin(uint64) {}
func (p post) Seek(_ uint64, hash [32]byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.sought[hash] = true
}

func (p post) Found(e uint64, hash [32]byte) (out []proof.Receipt) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.sought[hash] {
		return nil
	}
	readings := proof.Readings{Attenuation: 80, SNR: 10, Millis: 900}
	for i, k := range p.witnesses {
		signature, _ := k.Sign(proof.ReceiptSignBytes(chainID, e, hash, proof.DeviceID(k.DeviceID()), readings))
		r := proof.Receipt{Number: 100 + uint32(i), Readings: readings, Signature: [64]byte(signature)}
		if p.forged && i == 0 {
			r.Signature[5] ^= 1
		}
		out = append(out, r, r) // a relay may say things twice
	}
	return append(out, proof.Receipt{Number: 99}) // and make up radios
}

func (a *air) Beacon(_ context.Context, b proof.Beacon, _ transmit.Window) (transmit.Sent, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.sending != nil {
		a.sending(b)
	}
	if a.refuse != nil {
		return transmit.Sent{}, a.refuse
	}
	a.sent = append(a.sent, b)
	return transmit.Sent{FrequencyHz: 916_800_000, EIRP: 27}, nil
}

// newAir asserts the device with a chain whose secret lies in the home.
func newAir(home string, device keys.Signer) (*air, *radioworker.Chains, error) {
	chains, err := radioworker.OpenChains(filepath.Join(home, "chains.json"), proof.DeviceID(device.DeviceID()))
	if err != nil {
		return nil, nil, err
	}
	anchor, err := chains.New(3, nil)
	if err != nil {
		return nil, nil, err
	}
	a := &air{asserted: true, sought: map[[32]byte]bool{}, opened: map[[32]byte]worktypes.QueryRadioBeaconResponse{}}
	a.radio.Radio.Radio = worktypes.Radio{
		DeviceId: device.DeviceID(), Number: ownNumber, Generation: 1, Assertions: []worktypes.RadioAssertion{{
			LatitudeE7: -338_688_000, LongitudeE7: 1_512_093_000, Gain: 30, Region: uint32(proof.RegionAU915), AnchorEpoch: 3, Anchor: anchor.Value[:], FromEpoch: 5, CountsEpoch: 5,
		}},
	}
	return a, chains, nil
}

func (a *air) options(home string, device keys.Signer, chains *radioworker.Chains) radioworker.Options {
	plan, err := lora.PlanOf(proof.RegionAU915)
	if err != nil {
		panic(err)
	}
	return radioworker.Options{
		Device: "roof", ChainID: chainID, Signer: device, Chain: a, Directory: a, Chains: chains, Receipts: a, Exchange: post{a}, Transmitter: a,
		Ledger: lora.NewLedger(plan), Region: proof.RegionAU915, Gateway: gwmp.EUI{1}, AirFile: filepath.Join(home, "air.json"),
	}
}

// rig is a worker in an air, with a window that began at a time.
type rig struct {
	*air
	home   string
	device edKey
	worker *radioworker.Worker
	start  int64
	stands map[worktypes.Phase]worker.Draft
	late   map[uint32]bool
	record worktypes.DeviceWork
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{home: t.TempDir(), device: keyFrom("roof"), start: time.Now().UnixMilli(), stands: map[worktypes.Phase]worker.Draft{}, late: map[uint32]bool{}}
	a, chains, err := newAir(r.home, r.device)
	require.NoError(t, err)
	r.air = a
	r.witnesses = []edKey{keyFrom("w0"), keyFrom("w1")}
	r.worker = radioworker.New(a.options(r.home, r.device, chains))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- r.worker.Run(ctx) }()
	t.Cleanup(func() { cancel(); require.NoError(t, <-done) })
	return r
}

// step asks the worker at a height; due tells whether the time to commit has come.
func (r *rig) step(height int64, due bool) ([]worker.Draft, error) {
	return r.worker.Step(context.Background(), r.task(height, due))
}

func (r *rig) task(height int64, due bool) worker.Task {
	task := worker.Task{
		ChainID: chainID, DeviceID: r.device.DeviceID(), Window: windowAt(height, r.start), Record: r.record, Height: height, Deadline: time.Now().Add(time.Hour),
		Stands: func(phase worktypes.Phase, item uint32) ([]byte, []byte, bool) {
			if item != 0 {
				return nil, nil, r.late[item]
			}
			d, ok := r.stands[phase]
			return d.Payload, d.State, ok
		},
	}
	if due {
		task.Deadline = time.Now()
	}
	return task
}

// beaconSent waits until the gateway was asked.
func (r *rig) beaconSent(t *testing.T) {
	t.Helper()
	require.Eventually(t, func() bool {
		b := r.worker.Report().Beacons
		return len(b) == 1 && (b[0].Sent || b[0].Error != "")
	}, time.Minute, 5*time.Millisecond)
}

var errRefused = errors.New("the gateway refuses")

func readable(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(data)
}
