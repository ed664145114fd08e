package disksim

import "math"

// Rules are the chain's.
type Rules struct {
	// Lambda and Cap are λ and r.
	Lambda float64
	Cap    int
}

// Move is what a device does in an epoch.
type Move struct {
	// Claim is Q, as it was fixed before the epoch's challenge was known.
	Claim float64
	// Holds tells whether the device can answer with a chain; nil means that it is silent.
	Holds func(Lot) bool
}

// Strategy plays the epochs. past are the units of the epochs before.
type Strategy func(epoch int, past []float64) Move

// Pay is the units that each epoch pays, in plots.
func Pay(all Epochs, rules Rules, s Strategy) []float64 {
	units := make([]float64, 0, len(all))
	for e, lots := range all {
		m := s(e, units)
		wins := 0
		if m.Holds != nil {
			for _, l := range lots {
				if float64(l.Plot) < m.Claim && l.Quality*m.Claim < rules.Lambda && m.Holds(l) {
					wins++
				}
			}
		}
		units = append(units, float64(min(wins, rules.Cap))*m.Claim/rules.Lambda)
	}
	return units
}

// Stores is a device with the first n plots and a fixed claim.
func Stores(n, claim float64) Strategy {
	return func(int, []float64) Move {
		return Move{Claim: claim, Holds: func(l Lot) bool { return float64(l.Plot) < n }}
	}
}

// Silent answers in the epochs that speak chooses, and is away in the others.
func Silent(s Strategy, speak func(epoch int, past []float64) bool) Strategy {
	return func(e int, past []float64) Move {
		m := s(e, past)
		if !speak(e, past) {
			m.Holds = nil
		}
		return m
	}
}

// Changing claims what claim says; it stores n plots.
func Changing(n float64, claim func(epoch int, past []float64) float64) Strategy {
	return func(e int, past []float64) Move { return Stores(n, claim(e, past))(e, past) }
}

// PartialSets stores the lower part of every plot's sets: it answers where all four lie in it.
func PartialSets(n, part float64) Strategy {
	return func(int, []float64) Move {
		return Move{Claim: n, Holds: func(l Lot) bool {
			for _, s := range l.Sets {
				if s >= part {
					return false
				}
			}
			return float64(l.Plot) < n
		}}
	}
}

// Identities splits plots into as many devices with equal parts: each has its own claim and cap. It pays their sum.
func Identities(all Epochs, rules Rules, plots float64, devices int) []float64 {
	each := plots / float64(devices)
	sum := make([]float64, len(all))
	for d := range devices {
		from := float64(d) * each
		mine := make(Epochs, len(all))
		for e, lots := range all {
			for _, l := range lots {
				if p := float64(l.Plot) - from; p >= 0 && p < each {
					l.Plot = uint32(p)
					mine[e] = append(mine[e], l)
				}
			}
		}
		for e, u := range Pay(mine, rules, Stores(each, each)) {
			sum[e] += u
		}
	}
	return sum
}

// Result sums up what a strategy earned.
type Result struct {
	// Mean units an epoch, and their standard deviation over epochs, in plots.
	Mean, Spread float64
	// Error is the standard error of Mean.
	Error float64
}

// Summary is the mean and spread of units.
func Summary(units []float64) Result {
	n := float64(len(units))
	mean := 0.0
	for _, u := range units {
		mean += u / n
	}
	variance := 0.0
	for _, u := range units {
		variance += (u - mean) * (u - mean) / (n - 1)
	}
	return Result{Mean: mean, Spread: math.Sqrt(variance), Error: math.Sqrt(variance / n)}
}
