package disksim

import "math"

// Steered is the mean number of proofs, after the cap, that a device has in a window whose challenge a coalition picks
// from so many outcomes: the best of them. Chains within a threshold of many plots are Poisson with mean λ.
func Steered(rules Rules, outcomes int) float64 {
	// P(best < n) = P(N < n)^outcomes, and E[min(best, r)] = Σ P(best ≥ n) for n = 1…r.
	mean, below, term := 0.0, 0.0, math.Exp(-rules.Lambda)
	for n := 1; n <= rules.Cap; n++ {
		below += term
		term *= rules.Lambda / float64(n)
		mean += 1 - math.Pow(below, float64(outcomes))
	}
	return mean
}
