package types

import (
	"fmt"
	"math/big"

	"cosmossdk.io/math"
)

const (
	// GasPerPriceUnit is the gas that floor_price is the price of: 1,000,000.
	GasPerPriceUnit = 1_000_000
	// PayingBlockGas is the gas that a block has for paying transactions. The default prices follow from it.
	PayingBlockGas = 75_000_000
	// MaxFloorPrice, MinTxGasCap and MaxTxGasCap bound the parameters; proto/joule/emissions/v1/emissions.proto gives
	// the reasons.
	MaxFloorPrice = 1_000_000
	MinTxGasCap   = 1_000_000
	MaxTxGasCap   = PayingBlockGas
)

// DefaultFeeParams are mainnet's. docs/emissions.md derives the price; a test recomputes it from the default shares.
func DefaultFeeParams() FeeParams {
	return FeeParams{FloorPrice: 20_000, BurnBps: 5_000, MaxTxGas: PayingBlockGas / 5}
}

// Validate names the field that it refuses, its limit and what would be right.
func (p FeeParams) Validate() error {
	for _, f := range []struct {
		name           string
		value, min, to uint64
	}{
		{"fees.floor_price", p.FloorPrice, 1, MaxFloorPrice},
		{"fees.burn_bps", uint64(p.BurnBps), 0, BpsScale},
		{"fees.max_tx_gas", p.MaxTxGas, MinTxGasCap, MaxTxGasCap},
	} {
		if f.value < f.min || f.value > f.to {
			return fmt.Errorf("%s is %d, it must be within %d..%d", f.name, f.value, f.min, f.to)
		}
	}
	return nil
}

// MinFee is the smallest fee in ujoule for a gas limit: ⌈gas · floor_price / 1,000,000⌉.
func (p FeeParams) MinFee(gas uint64) math.Int {
	fee := new(big.Int).Mul(new(big.Int).SetUint64(gas), new(big.Int).SetUint64(p.FloorPrice))
	fee.Add(fee, big.NewInt(GasPerPriceUnit-1))
	return math.NewIntFromBigInt(fee.Quo(fee, big.NewInt(GasPerPriceUnit)))
}

// GasPrice is the floor price in ujoule per gas, as wallets write it.
func (p FeeParams) GasPrice() math.LegacyDec {
	return math.LegacyNewDecFromInt(math.NewIntFromUint64(p.FloorPrice)).QuoInt64(GasPerPriceUnit)
}

// Burned is the part of a block's fees that is burned, in ujoule: floor(fees · burn_bps / 10,000).
func (p FeeParams) Burned(fees math.Int) math.Int { return Part(fees, p.BurnBps) }
