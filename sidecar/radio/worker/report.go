package radioworker

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/joulechain/joule/sidecar/clock"
	"github.com/joulechain/joule/sidecar/radio/gwmp"
	proof "github.com/joulechain/joule/x/work/proof/radio"
	worktypes "github.com/joulechain/joule/x/work/types"
)

const (
	// coverageEpochs is how many of the newest opened beacons the summary counts: the chain keeps the records of eight.
	coverageEpochs = worktypes.RadioRecordEpochs
	// coverageEvery is how often the chain is asked for them.
	coverageEvery = 10 * time.Second
	// silentAfter is how long a forwarder may be silent before that is a problem: it polls every 5 to 30 s.
	silentAfter = 2 * time.Minute
	// ChainLow is how many epochs before its end a hash chain is warned of.
	ChainLow = 168
)

// Neighbour is another radio and what was heard between the two, in the newest eight epochs.
type Neighbour struct {
	Number uint32 `json:"number"`
	// Beacons is how many there were, Paid how many of them paid the witness.
	Beacons int `json:"beacons"`
	Paid    int `json:"paid"`
	// BestRSSI and WorstRSSI are in dBm.
	BestRSSI  int32 `json:"best_rssi_dbm"`
	WorstRSSI int32 `json:"worst_rssi_dbm"`
	// Metres is the distance of the asserted positions, 0 where the rules did not come to it.
	Metres uint64 `json:"metres"`
	// Reasons count the verdicts that paid nothing, in words.
	Reasons map[string]int `json:"reasons,omitempty"`
}

// Report is what people and programs are shown of a radio device.
type Report struct {
	Device  string `json:"device"`
	Gateway string `json:"gateway"`
	Region  string `json:"region"`
	// Forwarder is what the gateway's packet forwarder does; absent if it was never heard.
	Forwarder *gwmp.Status `json:"forwarder,omitempty"`
	// Number, Standing and Scale are the chain's: the short name, what keeps it from being paid now (empty: nothing),
	// the density's share of full pay.
	Number   uint32  `json:"number"`
	Standing string  `json:"standing,omitempty"`
	Scale    float64 `json:"density_scale"`
	// ChainEnds is the last epoch of the hash chain.
	ChainEnds uint64 `json:"hash_chain_ends"`
	// Heard is how many receipts this epoch and the one before have.
	Heard map[uint64]int `json:"receipts"`
	// Beacons are the newest on the air, oldest first.
	Beacons []Beacon `json:"beacons"`
	// HeardMe are the witnesses of this radio's beacons, HeardBy the radios whose beacons it witnessed; by number.
	HeardMe []Neighbour `json:"heard_me"`
	HeardBy []Neighbour `json:"i_heard"`
	// Verdicts are what the newest receipts came to, in words, oldest first.
	Verdicts []Verdict `json:"verdicts"`
	Problems []string  `json:"problems"`
}

// Verdict is what the receipt of one beacon came to.
type Verdict struct {
	Epoch    uint64 `json:"epoch"`
	Beaconer uint32 `json:"beaconer"`
	Code     uint32 `json:"code"`
	Reason   string `json:"reason"`
	Units    uint64 `json:"units"`
}

// Report tells how the radio does, from what is known; it asks nobody.
func (w *Worker) Report() Report {
	r := Report{
		Device: w.opts.Device, Gateway: w.opts.Gateway.String(), Region: w.opts.Region.String(), Heard: map[uint64]int{},
		HeardMe: []Neighbour{}, HeardBy: []Neighbour{}, Verdicts: []Verdict{}, Problems: []string{},
	}
	now := w.opts.Clock.Now()
	for _, g := range w.opts.Gateways() {
		if g.Gateway == w.opts.Gateway {
			r.Forwarder = &g
		}
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	r.Beacons = append([]Beacon{}, w.air.Beacons...)
	r.ChainEnds = w.state.chainEnds
	if radio := w.state.radio; radio != nil {
		r.Number, r.Standing = radio.Radio.Radio.Number, radio.StandingText
		if radio.Standing == 0 {
			r.Standing = ""
		}
		r.Scale = float64(radio.Scale) / (1 << proof.ScaleBits)
	}
	for epoch := w.state.askedAt; epoch > 0 && epoch+2 > w.state.askedAt; epoch-- {
		if list, err := w.opts.Receipts.Of(epoch); err == nil {
			r.Heard[epoch] = len(list)
		}
	}
	r.HeardMe, r.HeardBy = w.state.coverage.heardMe, w.state.coverage.heardBy
	for _, v := range w.state.coverage.verdicts {
		r.Verdicts = append(r.Verdicts, Verdict{Epoch: v.Verdict.Epoch, Beaconer: v.Verdict.Beaconer, Code: v.Verdict.Reason, Reason: v.ReasonText, Units: v.Verdict.Units})
	}
	r.problems(w, now)
	return r
}

// problems are what an owner should look at; the lock is held.
func (r *Report) problems(w *Worker, now time.Time) {
	add := func(format string, args ...any) { r.Problems = append(r.Problems, fmt.Sprintf(format, args...)) }
	switch f := r.Forwarder; {
	case f == nil:
		add("no packet forwarder has called as gateway %s: set its server_address and both ports to radio.listen, and check gateway_ID", r.Gateway)
	case now.Sub(newer(f.LastPull, f.LastPush)) > silentAfter:
		add("the packet forwarder has been silent since %s", newer(f.LastPull, f.LastPush).UTC().Format(time.RFC3339))
	case f.Route == "":
		add("the packet forwarder does not poll for downlinks (PULL_DATA): no beacon can be sent; set serv_port_down")
	}
	for _, text := range []string{w.state.notice, w.state.problem} {
		if text != "" {
			add("%s", text)
		}
	}
	if r.Standing != "" {
		add("the chain says: %s", r.Standing)
	}
	if n := len(r.Beacons); n > 0 && r.Beacons[n-1].Error != "" {
		add("epoch %d had no beacon: %s", r.Beacons[n-1].Epoch, r.Beacons[n-1].Error)
	}
	if r.ChainEnds > 0 && r.ChainEnds < w.state.askedAt+ChainLow {
		add("the hash chain ends with epoch %d: `joule-sidecar radio assert` renews it", r.ChainEnds)
	}
}

func newer(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// coverage is what the chain's records say of a radio's neighbourhood.
type coverage struct {
	heardMe, heardBy []Neighbour
	verdicts         []worktypes.RadioVerdictView
}

// survey asks the chain now and then, until the context ends.
func (w *Worker) survey(ctx context.Context) {
	for clock.Sleep(ctx, w.opts.Clock, coverageEvery) == nil {
		c, err := w.look(ctx)
		if err != nil {
			w.opts.Log.Debug("coverage", "device", w.opts.Device, "error", err)
			continue
		}
		w.mu.Lock()
		w.state.coverage = c
		w.mu.Unlock()
	}
}

// look reads the records of this radio's beacons and of those that it heard.
func (w *Worker) look(ctx context.Context) (coverage, error) {
	w.mu.Lock()
	radio, newest := w.state.radio, w.state.askedAt
	w.mu.Unlock()
	if radio == nil {
		return coverage{}, nil
	}
	number := radio.Radio.Radio.Number
	verdicts, err := w.opts.Chain.RadioVerdicts(ctx, w.id[:])
	if err != nil {
		return coverage{}, err
	}
	me, by := map[uint32]*Neighbour{}, map[uint32]*Neighbour{}
	for epoch := newest; epoch > 0 && epoch+coverageEpochs > newest; epoch-- {
		b, ok, err := w.opts.Chain.RadioBeacon(ctx, epoch, number)
		if err != nil {
			return coverage{}, err
		}
		if !ok {
			continue
		}
		for _, v := range b.Witnesses {
			count(me, v.Witness.Number, v)
		}
	}
	for _, v := range verdicts {
		b, ok, err := w.opts.Chain.RadioBeacon(ctx, v.Verdict.Epoch, v.Verdict.Beaconer)
		if err != nil {
			return coverage{}, err
		}
		if !ok {
			continue
		}
		for _, x := range b.Witnesses {
			if x.Witness.Number == number {
				count(by, v.Verdict.Beaconer, x)
			}
		}
	}
	return coverage{heardMe: sorted(me), heardBy: sorted(by), verdicts: verdicts}, nil
}

func count(all map[uint32]*Neighbour, number uint32, v worktypes.RadioWitnessView) {
	n := all[number]
	if n == nil {
		n = &Neighbour{Number: number, BestRSSI: v.RssiDbm, WorstRSSI: v.RssiDbm, Reasons: map[string]int{}}
		all[number] = n
	}
	n.Beacons++
	n.BestRSSI, n.WorstRSSI = max(n.BestRSSI, v.RssiDbm), min(n.WorstRSSI, v.RssiDbm)
	if v.Witness.Millimetres > 0 {
		n.Metres = v.Witness.Millimetres / 1000
	}
	if v.Witness.Reason == uint32(proof.ReasonPaid) {
		n.Paid++
	} else {
		n.Reasons[v.ReasonText]++
	}
}

func sorted(all map[uint32]*Neighbour) []Neighbour {
	out := make([]Neighbour, 0, len(all))
	for _, n := range all {
		out = append(out, *n)
	}
	slices.SortFunc(out, func(a, b Neighbour) int { return int(int64(a.Number) - int64(b.Number)) })
	return out
}
