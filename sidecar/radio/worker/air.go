package radioworker

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/durable"
	"github.com/joulechain/joule/sidecar/radio/lora"
	"github.com/joulechain/joule/sidecar/radio/transmit"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

// keptBeacons is how many epochs of beacons are remembered: more than the chain keeps records of.
const keptBeacons = 16

// Beacon is what became of one epoch's beacon on the air.
type Beacon struct {
	Epoch uint64 `json:"epoch"`
	// Payload is the hexadecimal payload that was asked for, Hash that of the chain's records.
	Payload string `json:"payload"`
	Hash    string `json:"payload_hash"`
	Channel uint8  `json:"channel"`
	Backoff uint32 `json:"backoff_db"`
	// Opens is when the slot began. Asked is when the gateway was first asked; from then on the beacon may have been on
	// the air.
	Opens time.Time `json:"slot_opens"`
	Asked time.Time `json:"asked"`
	// FrequencyHz, EIRP and Warning are of the transmission; Uncertain tells that the gateway did not say whether there
	// was one.
	FrequencyHz uint32 `json:"frequency_hz,omitempty"`
	EIRP        int32  `json:"eirp_dbm,omitempty"`
	Warning     string `json:"warning,omitempty"`
	Uncertain   bool   `json:"uncertain,omitempty"`
	Sent        bool   `json:"sent"`
	Error       string `json:"error,omitempty"`
	Receipts    int    `json:"receipts"` // gathered so far
}

// log is the durable part: a restart must not put a beacon on the air twice, nor forget what has been on it.
type airLog struct {
	Version int        `json:"version"`
	Beacons []Beacon   `json:"beacons"` // ascending by epoch
	Uses    []lora.Use `json:"airtime"`
}

const airVersion = 1

// readAir reads the log; a damaged one is an error and is replaced by the next write: what it loses is at most one
// beacon.
func readAir(path string) (airLog, error) {
	log := airLog{Version: airVersion}
	data, err := os.ReadFile(path)
	if errors.Is(err, os.ErrNotExist) {
		return log, nil
	}
	if err != nil {
		return log, err
	}
	var saved airLog
	if err := json.Unmarshal(data, &saved); err != nil || saved.Version != airVersion {
		return log, fmt.Errorf("%s: version %d: %w", path, saved.Version, errors.Join(err, errAirLog))
	}
	return saved, nil
}

var errAirLog = errors.New("the log of what was on the air cannot be read")

// write makes the log durable; the lock is held.
func (w *Worker) writeAir() error {
	if extra := len(w.air.Beacons) - keptBeacons; extra > 0 {
		w.air.Beacons = slices.Clone(w.air.Beacons[extra:])
	}
	w.air.Uses = w.opts.Ledger.Uses()
	data, err := json.Marshal(w.air)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(w.opts.AirFile), 0o700); err != nil {
		return err
	}
	return durable.WriteFile(w.opts.AirFile, data, 0o600)
}

// beaconOf finds an epoch's beacon; the lock is held.
func (w *Worker) beaconOf(epoch uint64) *Beacon {
	for i := range w.air.Beacons {
		if w.air.Beacons[i].Epoch == epoch {
			return &w.air.Beacons[i]
		}
	}
	return nil
}

// flight is a beacon to be sent.
type flight struct {
	epoch  uint64
	beacon proof.Beacon
	window transmit.Window
}

// schedule has the beacon of an epoch sent in its slot, once in this epoch whatever happens.
func (w *Worker) schedule(f flight) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.beaconOf(f.epoch) != nil || w.scheduled == f.epoch || !f.window.Closes.After(w.opts.Clock.Now()) {
		return nil
	}
	select {
	case w.flights <- f:
		w.scheduled = f.epoch
	default: // one is in the air
	}
	return nil
}

// fly waits for the slot and transmits. That it may have been on the air is noted first.
func (w *Worker) fly(ctx context.Context, f flight) {
	if clock.Sleep(ctx, w.opts.Clock, f.window.Opens.Sub(w.opts.Clock.Now())) != nil {
		return // shutting down before the slot: after a restart in time it is sent
	}
	hash := f.beacon.PayloadHash()
	note := Beacon{
		Epoch: f.epoch, Payload: hex.EncodeToString(f.beacon.Payload[:]), Hash: hex.EncodeToString(hash[:]), Channel: f.beacon.Channel,
		Backoff: f.beacon.Backoff, Opens: f.window.Opens.UTC(), Asked: w.opts.Clock.Now().UTC(),
	}
	w.mu.Lock()
	w.air.Beacons = append(w.air.Beacons, note)
	err := w.writeAir()
	if err != nil {
		w.air.Beacons = w.air.Beacons[:len(w.air.Beacons)-1]
		w.state.problem = "the beacon is not sent: " + err.Error()
	} else {
		w.state.problem = ""
	}
	w.mu.Unlock()
	if err != nil {
		w.opts.Log.Error("the beacon is not sent: it cannot be noted", "device", w.opts.Device, "error", err)
		return
	}
	w.opts.Exchange.Seek(f.epoch, hash)
	w.opts.Observer(StepAsked, f.epoch)
	sent, err := w.opts.Transmitter.Beacon(ctx, f.beacon, f.window)
	w.mu.Lock()
	defer w.mu.Unlock()
	b := w.beaconOf(f.epoch)
	if b == nil {
		return
	}
	if err != nil {
		b.Error = err.Error()
		w.opts.Log.Warn("no beacon in this epoch", "device", w.opts.Device, "epoch", f.epoch, "error", err)
	} else {
		b.Sent, b.FrequencyHz, b.EIRP, b.Warning, b.Uncertain = true, sent.FrequencyHz, sent.EIRP, sent.Warning, sent.Uncertain
		w.opts.Log.Info("beacon sent", "device", w.opts.Device, "epoch", f.epoch, "frequency_hz", sent.FrequencyHz, "eirp_dbm", sent.EIRP, "warning", sent.Warning)
	}
	if err := w.writeAir(); err != nil {
		w.opts.Log.Warn("noting a beacon", "device", w.opts.Device, "error", err)
	}
	w.opts.Observer(StepSent, f.epoch)
}
