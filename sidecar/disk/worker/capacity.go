package diskworker

import (
	"math"

	proof "github.com/joulechain/joule/x/work/proof/disk"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// capacityEpochs is over how many epochs proven capacity is smoothed: a week of hourly ones.
const capacityEpochs = 168

// Capacity is what the chain has proven, smoothed for people; it decides no payment.
type Capacity struct {
	// Bytes is the mean of the last Epochs epochs' accepted units, those without any counted as nothing.
	Bytes uint64 `json:"bytes"`
	// Spread is the standard error of Bytes. Shares come like raindrops, so it falls with the square root of the number
	// of proofs.
	Spread uint64 `json:"spread"`
	Epochs int    `json:"epochs"`
	Proofs int    `json:"proofs"`
}

// capacityOf smooths over the newest epochs in which the device had a claim. Epochs of which nothing is known, because
// the sidecar did not run, count as nothing proven: they earned nothing. false without any epoch.
func capacityOf(scans []Scan) (Capacity, bool) {
	first, last := uint64(0), uint64(0)
	for _, s := range scans {
		if s.Claimed == 0 || s.Outcome == OutcomeFound || s.Outcome == OutcomeSigned {
			continue // no claim held, or it is not known yet
		}
		if first == 0 {
			first = s.Epoch
		}
		last = max(last, s.Epoch)
	}
	if first == 0 {
		return Capacity{}, false
	}
	if last-first >= capacityEpochs {
		first = last - capacityEpochs + 1
	}
	c := Capacity{Epochs: int(last - first + 1)}
	sum, variance := 0.0, 0.0
	for _, s := range scans {
		if s.Epoch < first || s.Epoch > last || s.Outcome != OutcomeAccepted || s.Proofs == 0 {
			continue
		}
		bytes := float64(s.Units) * proof.UnitBytes
		sum += bytes
		variance += bytes * bytes / float64(s.Proofs) // each proof stands for bytes/proofs
		c.Proofs += s.Proofs
	}
	n := float64(c.Epochs)
	c.Bytes, c.Spread = uint64(sum/n), uint64(math.Sqrt(variance)/n)
	return c, true
}

// Forecast is what the plots that are here are worth in an epoch on average.
type Forecast struct {
	// Proofs and Units are means of an epoch; Nothing is the chance of an epoch without a proof.
	Proofs  float64 `json:"proofs"`
	Units   float64 `json:"units"`
	Nothing float64 `json:"chance_of_nothing"`
}

// ForecastOf is the forecast for so many usable plots of a claim under rules: the number of proofs is
// Poisson-distributed with mean λ · usable / claimed, and at most max_proofs of them count.
func ForecastOf(usable uint64, claim worktypes.DiskClaim, rules worktypes.DiskParams) Forecast {
	if claim.Plots == 0 || rules.Lambda == 0 {
		return Forecast{Nothing: 1}
	}
	mean := float64(rules.Lambda) * float64(usable) / float64(claim.Plots)
	f := Forecast{Nothing: math.Exp(-mean)}
	// E[min(N, r)] = Σ over j = 1…r of P(N ≥ j)
	below, term := 0.0, f.Nothing
	for j := 1; j <= int(rules.MaxProofs); j++ {
		below += term // P(N < j)
		f.Proofs += max(0, 1-below)
		term *= mean / float64(j)
	}
	f.Units = f.Proofs * float64(claim.Plots) * float64(proof.PlotUnits(uint8(claim.K))) / float64(rules.Lambda)
	return f
}
