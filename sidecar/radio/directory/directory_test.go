package directory_test

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/radio/directory"
	devicetypes "github.com/joulechain/joule/x/device/types"
	proof "github.com/joulechain/joule/x/work/proof/radio"
	worktypes "github.com/joulechain/joule/x/work/types"
)

var errDown = errors.New("node is down")

// registry has radios with even numbers and counts how often each is asked for.
type registry struct {
	mu    sync.Mutex
	asked map[uint32]int
	down  atomic.Bool
	gate  chan struct{} // if set, look-ups wait for it
}

func (r *registry) lookup(ctx context.Context, number uint32) (proof.Signer, bool, error) {
	r.mu.Lock()
	if r.asked == nil {
		r.asked = map[uint32]int{}
	}
	r.asked[number]++
	r.mu.Unlock()
	if r.gate != nil {
		select {
		case <-r.gate:
		case <-ctx.Done():
			return proof.Signer{}, false, ctx.Err()
		}
	}
	if r.down.Load() {
		return proof.Signer{}, true, errDown
	}
	return proof.Signer{Device: proof.DeviceID{byte(number)}}, number%2 == 0, nil
}

func (r *registry) count(number uint32) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.asked[number]
}

func TestRemembers(t *testing.T) {
	r, c := &registry{}, clock.NewFake(time.Unix(1_800_000_000, 0))
	d := directory.New(r.lookup, c)
	for range 5 {
		s, ok, err := d.Signer(t.Context(), 4)
		require.NoError(t, err)
		require.True(t, ok)
		require.Equal(t, proof.DeviceID{4}, s.Device)
		_, ok, err = d.Signer(t.Context(), 5)
		require.NoError(t, err)
		require.False(t, ok)
		c.Advance(directory.UnknownAge / 10)
	}
	require.Equal(t, 1, r.count(4))
	require.Equal(t, 1, r.count(5))
	c.Advance(directory.UnknownAge)
	_, _, err := d.Signer(t.Context(), 5)
	require.NoError(t, err)
	_, _, err = d.Signer(t.Context(), 4)
	require.NoError(t, err)
	require.Equal(t, 2, r.count(5), "a radio may have been asserted meanwhile")
	require.Equal(t, 1, r.count(4), "a number stands for one device for ever")
	require.Equal(t, directory.Counts{Lookups: 3, Known: 1, Unknown: 1}, d.Counts())
}

func TestFailuresAreNotRemembered(t *testing.T) {
	r := &registry{}
	r.down.Store(true)
	d := directory.New(r.lookup, nil)
	s, ok, err := d.Signer(t.Context(), 4)
	require.ErrorIs(t, err, errDown)
	require.False(t, ok, "whatever a failed look-up said")
	require.Zero(t, s.Device)
	r.down.Store(false)
	_, ok, err = d.Signer(t.Context(), 4)
	require.NoError(t, err)
	require.True(t, ok)
	require.EqualValues(t, 1, d.Counts().Failed)
}

// Whoever makes up numbers spends the look-ups of a second, and what is known is told all the same.
func TestFloodOfNumbers(t *testing.T) {
	r, c := &registry{}, clock.NewFake(time.Unix(1_800_000_000, 0))
	d := directory.New(r.lookup, c)
	_, _, err := d.Signer(t.Context(), 2)
	require.NoError(t, err)
	var busy int
	for i := range uint32(5000) {
		if _, _, err := d.Signer(t.Context(), 1001+2*i); errors.Is(err, directory.ErrBusy) {
			busy++
		}
	}
	require.Equal(t, 5000-(directory.QueryBurst-1), busy)
	_, ok, err := d.Signer(t.Context(), 2)
	require.NoError(t, err)
	require.True(t, ok)
	c.Advance(time.Second)
	for i := range uint32(directory.QueryRate) {
		_, ok, err := d.Signer(t.Context(), 4+2*i)
		require.NoError(t, err)
		require.True(t, ok)
	}
	_, _, err = d.Signer(t.Context(), 999)
	require.ErrorIs(t, err, directory.ErrBusy)
}

func TestMemoryIsBounded(t *testing.T) {
	r, c := &registry{}, clock.NewFake(time.Unix(1_800_000_000, 0))
	d := directory.New(r.lookup, c)
	for i := range uint32(2*directory.MaxUnknown + 2000) {
		if i%directory.QueryBurst == 0 {
			c.Advance(10 * time.Second)
		}
		_, _, err := d.Signer(t.Context(), i)
		require.NoError(t, err)
	}
	counts := d.Counts()
	require.Equal(t, directory.MaxUnknown, counts.Unknown)
	require.Equal(t, directory.MaxKnown, counts.Known)
}

// Callers for one number share a look-up; one that gives up takes it from nobody.
func TestOneLookupForMany(t *testing.T) {
	r := &registry{gate: make(chan struct{})}
	d := directory.New(r.lookup, nil)
	gone, cancel := context.WithCancel(t.Context())
	first := make(chan error, 1)
	go func() {
		_, _, err := d.Signer(gone, 8)
		first <- err
	}()
	require.Eventually(t, func() bool { return r.count(8) == 1 }, time.Minute, time.Millisecond)
	results := make(chan bool, 32)
	for range cap(results) {
		go func() {
			_, ok, err := d.Signer(t.Context(), 8)
			results <- ok && err == nil
		}()
	}
	cancel()
	require.ErrorIs(t, <-first, context.Canceled)
	close(r.gate)
	for range cap(results) {
		require.True(t, <-results)
	}
	require.Equal(t, 1, r.count(8))
}

type node struct {
	radio  worktypes.QueryRadioResponse
	known  bool
	device devicetypes.Device
	err    error
}

func (n node) RadioByNumber(context.Context, uint32) (worktypes.QueryRadioResponse, bool, error) {
	return n.radio, n.known, n.err
}

func (n node) Device(context.Context, []byte) (devicetypes.Device, error) { return n.device, n.err }

func TestFromChain(t *testing.T) {
	key := devicetypes.PublicKey{Type: devicetypes.KEY_TYPE_SECP256R1, Key: append([]byte{2}, make([]byte, 32)...)}
	honest := node{known: true, device: devicetypes.Device{PublicKey: key}}
	honest.radio.Radio.Radio = worktypes.Radio{Number: 7, DeviceId: devicetypes.DeviceID(key)}
	s, ok, err := directory.FromChain(honest)(t.Context(), 7)
	require.NoError(t, err)
	require.True(t, ok)
	require.Equal(t, proof.Signer{Device: proof.DeviceID(devicetypes.DeviceID(key)), Key: proof.PublicKey{Type: proof.KeySecp256r1, Bytes: key.Key}}, s)

	for name, c := range map[string]struct {
		change func(*node)
		want   error
	}{
		"none":              {func(n *node) { n.known = false }, nil},
		"node down":         {func(n *node) { n.err = errDown }, errDown},
		"another number":    {func(n *node) { n.radio.Radio.Radio.Number = 8 }, directory.ErrAnswer},
		"short id":          {func(n *node) { n.radio.Radio.Radio.DeviceId = []byte{1} }, directory.ErrAnswer},
		"key of another":    {func(n *node) { n.device.PublicKey.Key = append([]byte{3}, make([]byte, 32)...) }, directory.ErrAnswer},
		"type of another":   {func(n *node) { n.device.PublicKey.Type = devicetypes.KEY_TYPE_ED25519 }, directory.ErrAnswer},
		"no key":            {func(n *node) { n.device = devicetypes.Device{} }, directory.ErrAnswer},
		"id of no device":   {func(n *node) { n.radio.Radio.Radio.DeviceId = make([]byte, proof.DeviceIDSize) }, directory.ErrAnswer},
		"id missing at all": {func(n *node) { n.radio.Radio.Radio.DeviceId = nil }, directory.ErrAnswer},
	} {
		t.Run(name, func(t *testing.T) {
			n := honest
			c.change(&n)
			s, ok, err := directory.FromChain(n)(t.Context(), 7)
			require.ErrorIs(t, err, c.want)
			require.False(t, ok)
			require.Zero(t, s.Device)
		})
	}
}
