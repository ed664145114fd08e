package card

// AssumeFast makes a backend try whole rounds in one strip, as on a fast card.
func AssumeFast(b *Backend) { b.rate = 1e18 }
