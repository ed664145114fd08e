package simulation_test

import (
	"math/rand"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/x/emissions/simulation"
)

func TestRandomParamsAreValid(t *testing.T) {
	r := rand.New(rand.NewSource(1))
	for range 2_000 {
		require.NoError(t, simulation.RandomParams(r).Validate())
	}
}
