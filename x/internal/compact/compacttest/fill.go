// Package compacttest fills messages for the tests of stored encodings: every field, so that a field that an encoding
// forgets is missed.
package compacttest

import (
	"fmt"
	"math/big"
	"math/rand/v2"
	"reflect"

	"cosmossdk.io/math"
)

// Fill sets every field of the struct that the pointer names to something else than its zero, lists to 1..4 entries and
// texts to what text gives. Numbers have any size, so that each length of a varint occurs. It panics at a kind that no
// message has had yet, and leaves interfaces (a oneof) alone.
func Fill(rng *rand.Rand, text func() string, message any) {
	fill(rng, text, reflect.ValueOf(message).Elem())
}

func fill(rng *rand.Rand, text func() string, v reflect.Value) {
	if amount, ok := v.Addr().Interface().(*math.Int); ok {
		bits := uint(1 + rng.IntN(200))
		*amount = math.NewIntFromBigInt(new(big.Int).Add(new(big.Int).Lsh(big.NewInt(1), bits), big.NewInt(rng.Int64N(1<<62))))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		for i := range v.NumField() {
			fill(rng, text, v.Field(i))
		}
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(rng, text, v.Elem())
	case reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1+rng.IntN(4), 4))
		for i := range v.Len() {
			fill(rng, text, v.Index(i))
		}
	case reflect.String:
		v.SetString(text())
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Uint8, reflect.Uint32, reflect.Uint64:
		v.SetUint(number(rng, v.Type().Bits()))
	case reflect.Int32, reflect.Int64:
		v.SetInt(int64(number(rng, v.Type().Bits()-1)))
	case reflect.Interface:
	default:
		panic(fmt.Sprintf("compacttest: no way to fill a %s", v.Type()))
	}
}

// number is 1..2^bits-1, as likely short as long.
func number(rng *rand.Rand, bits int) uint64 {
	return max(1, rng.Uint64()>>(64-bits)>>rng.IntN(bits))
}
