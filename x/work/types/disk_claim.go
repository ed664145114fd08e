package types

import (
	"slices"

	"github.com/joulechain/joule/x/work/proof/disk"
)

const (
	// DiskClaimDelay is how many epochs after the one in which it was set a claim begins to hold: one whole epoch lies
	// between, so that nobody who foresees a mix chooses a claim by it (docs/adr/0011).
	DiskClaimDelay = 2
	// MaxDiskClaims bounds a record's claims: the one in effect and those of the next two epochs.
	MaxDiskClaims = 1 + DiskClaimDelay
)

// PlotParams are the claimed plots' parameters.
func (c DiskClaim) PlotParams() disk.Params {
	return disk.Params{K: uint8(c.K), Strength: uint8(c.Strength)}
}

// Units are the claimed plots' nominal size in units of 64 KiB: what the bond covers, and what an epoch pays on
// average.
func (c DiskClaim) Units() uint64 { return uint64(c.Plots) * disk.PlotUnits(uint8(c.K)) }

// ValidateFor checks a claim against rules and names the field it refuses. The end of a claim (0 plots) fits any rules.
func (c DiskClaim) ValidateFor(p DiskParams) error {
	if c.Plots == 0 {
		return c.validateShape()
	}
	if c.K%2 != 0 {
		return ErrInvalidClaim.Wrapf("k is %d; want an even number", c.K)
	}
	return firstError(
		claimRange("plots", c.Plots, p.MinPlots, p.MaxPlots),
		claimRange("k", c.K, p.MinK, disk.MaxEvidenceK),
		claimRange("strength", c.Strength, p.MinStrength, disk.MaxStrength),
	)
}

// validateShape checks what holds under any rules.
func (c DiskClaim) validateShape() error {
	if c.Plots == 0 {
		if c.K != 0 || c.Strength != 0 {
			return ErrInvalidClaim.Wrapf("plots is 0 with k %d and strength %d; want 0 for both to end a claim", c.K, c.Strength)
		}
		return nil
	}
	return c.ValidateFor(DiskParams{MinK: disk.MinK, MinStrength: disk.BaseStrength, MinPlots: 1, MaxPlots: MaxDiskPlots})
}

func claimRange(field string, value, least, most uint32) error {
	if value < least || value > most {
		return ErrInvalidClaim.Wrapf("%s is %d; want %d to %d", field, value, least, most)
	}
	return nil
}

// ClaimFor is the claim that holds in an epoch; false if there is none, or it has ended.
func (d DeviceWork) ClaimFor(epoch uint64) (DiskClaim, bool) {
	for _, c := range slices.Backward(d.Claims) {
		if c.FromEpoch <= epoch {
			return c, c.Plots > 0
		}
	}
	return DiskClaim{}, false
}

// ClaimsAfter are the claims that begin to hold after an epoch, in order.
func (d DeviceWork) ClaimsAfter(epoch uint64) []DiskClaim {
	i := slices.IndexFunc(d.Claims, func(c DiskClaim) bool { return c.FromEpoch > epoch })
	if i < 0 {
		return nil
	}
	return d.Claims[i:]
}

// SetClaim makes a claim hold from two epochs after the current one on. It replaces one of the same epoch; what holds
// in the current and the next epoch stays, and what no longer holds is dropped.
func (d *DeviceWork) SetClaim(c DiskClaim, current uint64) DiskClaim {
	c.FromEpoch = current + DiskClaimDelay
	var kept []DiskClaim
	if now, ok := d.ClaimFor(current); ok {
		kept = append(kept, now)
	}
	for _, next := range d.ClaimsAfter(current) {
		if next.FromEpoch < c.FromEpoch {
			kept = append(kept, next)
		}
	}
	d.Claims = append(kept, c)
	return c
}

// validateClaims checks a genesis's claims.
func (d DeviceWork) validateClaims() error {
	if len(d.Claims) > MaxDiskClaims {
		return ErrInvalidClaim.Wrapf("%d claims; want at most %d", len(d.Claims), MaxDiskClaims)
	}
	for i, c := range d.Claims {
		if err := c.validateShape(); err != nil {
			return err
		}
		if i > 0 && c.FromEpoch <= d.Claims[i-1].FromEpoch {
			return ErrInvalidClaim.Wrap("epochs of claims are not ascending")
		}
	}
	return nil
}
