package exchange

import (
	"net/netip"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	// RequestRate and RequestBurst bound the requests of one address, in requests a second.
	RequestRate, RequestBurst = 20, 60
	// LetterRate and LetterBurst bound the receipts of one address that may cost a signature, in receipts a second.
	LetterRate, LetterBurst = 100, 4 * MaxBatch
	// TotalLetterRate and TotalLetterBurst bound those of all addresses: a tenth of a core's signatures.
	TotalLetterRate, TotalLetterBurst = 2000, 8 * MaxBatch
	// maxAddresses bounds the addresses whose rates are remembered, some 20 MB.
	maxAddresses = 1 << 16
	// sweepEvery is how often those are forgotten that have their full allowance again, which is the same as a new one.
	sweepEvery = 10 * time.Second
)

// allowances bound what each address may ask, and all together.
type allowances struct {
	mu     sync.Mutex
	of     map[netip.Addr]*allowance
	rest   *allowance // shared by all addresses beyond maxAddresses
	total  *rate.Limiter
	swept  time.Time
	nowFor func() time.Time
}

type allowance struct{ requests, letters *rate.Limiter }

func newAllowance() *allowance {
	return &allowance{requests: rate.NewLimiter(RequestRate, RequestBurst), letters: rate.NewLimiter(LetterRate, LetterBurst)}
}

func newAllowances() *allowances {
	return &allowances{of: map[netip.Addr]*allowance{}, rest: newAllowance(), total: rate.NewLimiter(TotalLetterRate, TotalLetterBurst), nowFor: time.Now}
}

// request charges one request.
func (a *allowances) request(remote string) bool {
	now := a.nowFor()
	return a.find(remote, now).requests.AllowN(now, 1)
}

// letters charges n letters, to the address and to all.
func (a *allowances) letters(remote string, n int) bool {
	now := a.nowFor()
	return a.find(remote, now).letters.AllowN(now, n) && a.total.AllowN(now, n)
}

// find is the allowance of an address. Where too many are remembered, newcomers share one: nobody gets a new allowance
// by making others be forgotten.
func (a *allowances) find(remote string, now time.Time) *allowance {
	addr := addressOf(remote)
	a.mu.Lock()
	defer a.mu.Unlock()
	if known := a.of[addr]; known != nil {
		return known
	}
	if len(a.of) >= maxAddresses && now.Sub(a.swept) >= sweepEvery {
		a.swept = now
		for other, known := range a.of {
			if known.requests.TokensAt(now) >= RequestBurst && known.letters.TokensAt(now) >= LetterBurst {
				delete(a.of, other)
			}
		}
	}
	if len(a.of) >= maxAddresses {
		return a.rest
	}
	fresh := newAllowance()
	a.of[addr] = fresh
	return fresh
}
