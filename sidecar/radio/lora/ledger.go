package lora

import (
	"errors"
	"fmt"
	"sync"
	"time"
)

// Errors of transmissions that a region does not grant at any time.
var (
	// ErrFrequency means a frequency outside of every band of the region.
	ErrFrequency = errors.New("frequency outside of the region's bands")
	// ErrDwell means a transmission longer than the region grants.
	ErrDwell = errors.New("transmission too long for the region")
)

// slotsPerWindow is the ledger's grain: time on air is summed by this part of a limit's window and counts until the
// part has left the window, so the ledger errs by a sixtieth to the safe side and its memory is bounded whatever is
// transmitted.
const slotsPerWindow = 60

// maxAccounts bounds the frequencies that a per-channel limit remembers.
const maxAccounts = 512

// Ledger keeps one gateway's time on the air within its region's limits: its own beacons and what network servers make
// it transmit. Safe for concurrent use.
type Ledger struct {
	plan Plan

	mu       sync.Mutex
	accounts map[account][]Use // oldest first
	busy     []Use             // transmissions that have not ended, for not overlapping them
}

// maxBusy bounds the transmissions that are remembered for not overlapping them.
const maxBusy = 64

// account is what a limit counts: a band, or one channel.
type account struct {
	lowHz, highHz, channelHz uint32
}

// Use is time on the air that is over at End, or within a sixtieth of its limit's window before.
type Use struct {
	FrequencyHz uint32        `json:"frequency_hz"`
	End         time.Time     `json:"end"`
	Airtime     time.Duration `json:"airtime"`
}

// NewLedger starts with nothing transmitted.
func NewLedger(p Plan) *Ledger { return &Ledger{plan: p, accounts: map[account][]Use{}} }

func accountOf(l Limit, hz uint32) account {
	if l.PerChannel {
		return account{l.LowHz, l.HighHz, hz}
	}
	return account{l.LowHz, l.HighHz, l.LowHz}
}

// gap is kept between two transmissions for the forwarder's scheduling.
const gap = 50 * time.Millisecond

// Earliest returns the first time from `from` on at which a transmission may start. Errors: ErrFrequency, ErrDwell.
func (l *Ledger) Earliest(hz uint32, airtime time.Duration, from time.Time) (time.Time, error) {
	limits := l.plan.limitsOf(hz)
	if len(limits) == 0 {
		return time.Time{}, fmt.Errorf("%w: %d Hz, %s", ErrFrequency, hz, l.plan.Name)
	}
	if l.plan.Dwell > 0 && airtime > l.plan.Dwell {
		return time.Time{}, fmt.Errorf("%w: %s, %s grants %s", ErrDwell, airtime, l.plan.Name, l.plan.Dwell)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	at := from
	for _, limit := range limits {
		if airtime > limit.Airtime {
			return time.Time{}, fmt.Errorf("%w: %s, %s grants %s in %s", ErrDwell, airtime, l.plan.Name, limit.Airtime, limit.Window)
		}
		if t := l.freeAt(limit, hz, airtime); t.After(at) {
			at = t
		}
	}
	for moved := true; moved; {
		moved = false
		for _, u := range l.busy {
			start := u.End.Add(-u.Airtime)
			if at.Before(u.End.Add(gap)) && at.Add(airtime+gap).After(start) {
				at, moved = u.End.Add(gap), true
			}
		}
	}
	return at, nil
}

// freeAt gives up the oldest uses until the rest and the new one fit into the window, and returns when the last of them
// has left it.
func (l *Ledger) freeAt(limit Limit, hz uint32, airtime time.Duration) time.Time {
	uses := l.accounts[accountOf(limit, hz)]
	var sum time.Duration
	for _, u := range uses {
		sum += u.Airtime
	}
	var at time.Time
	for _, u := range uses {
		if sum+airtime <= limit.Airtime {
			break
		}
		sum -= u.Airtime
		at = u.End.Add(limit.Window - airtime)
	}
	return at
}

// Spend notes a transmission, permitted or not: what was on the air was on the air.
func (l *Ledger) Spend(hz uint32, start time.Time, airtime time.Duration) {
	l.change(hz, start, airtime, airtime)
	l.mu.Lock()
	defer l.mu.Unlock()
	cutoff := start.Add(-time.Minute) // longer than any transmission
	kept := l.busy[:0]
	for _, u := range l.busy {
		if u.End.After(cutoff) {
			kept = append(kept, u)
		}
	}
	if len(kept) >= maxBusy {
		kept = kept[1:]
	}
	l.busy = append(kept, Use{hz, start.Add(airtime), airtime})
}

// Refund takes back a transmission that the gateway refused.
func (l *Ledger) Refund(hz uint32, start time.Time, airtime time.Duration) {
	l.change(hz, start, airtime, -airtime)
	l.mu.Lock()
	defer l.mu.Unlock()
	for i, u := range l.busy {
		if u == (Use{hz, start.Add(airtime), airtime}) {
			l.busy = append(l.busy[:i], l.busy[i+1:]...)
			return
		}
	}
}

func (l *Ledger) change(hz uint32, start time.Time, airtime, amount time.Duration) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, limit := range l.plan.limitsOf(hz) {
		key := accountOf(limit, hz)
		uses, known := l.accounts[key]
		if !known && len(l.accounts) >= maxAccounts {
			l.forgetOldest()
		}
		grain := limit.Window / slotsPerWindow
		end := start.Add(airtime + grain - 1).Truncate(grain)
		uses = add(uses, Use{key.channelHz, end, amount})
		for len(uses) > 1 && (uses[0].End.Before(end.Add(-limit.Window-grain)) || len(uses) > 4*slotsPerWindow) {
			uses = uses[1:]
		}
		if len(uses) > 0 {
			l.accounts[key] = uses
		}
	}
}

// add keeps the list sorted by end, one entry for each.
func add(uses []Use, u Use) []Use {
	for i := len(uses) - 1; i >= 0; i-- {
		switch {
		case uses[i].End.Equal(u.End):
			uses[i].Airtime = max(uses[i].Airtime+u.Airtime, 0)
			return uses
		case uses[i].End.Before(u.End):
			if u.Airtime <= 0 {
				return uses
			}
			return append(uses[:i+1], append([]Use{u}, uses[i+1:]...)...)
		}
	}
	if u.Airtime <= 0 {
		return uses
	}
	return append([]Use{u}, uses...)
}

// forgetOldest drops the channel whose last use is the longest ago.
func (l *Ledger) forgetOldest() {
	var oldest account
	var end time.Time
	for key, uses := range l.accounts {
		if last := uses[len(uses)-1].End; end.IsZero() || last.Before(end) {
			oldest, end = key, last
		}
	}
	delete(l.accounts, oldest)
}

// Uses lists what is remembered, for keeping it over a restart: Restore takes it back.
func (l *Ledger) Uses() []Use {
	l.mu.Lock()
	defer l.mu.Unlock()
	var list []Use
	for _, uses := range l.accounts {
		for _, u := range uses {
			if u.Airtime > 0 {
				list = append(list, u)
			}
		}
	}
	return list
}

// Restore adds what an earlier run transmitted.
func (l *Ledger) Restore(uses []Use) {
	for _, u := range uses {
		if u.Airtime > 0 {
			l.change(u.FrequencyHz, u.End.Add(-u.Airtime), u.Airtime, u.Airtime)
		}
	}
}
