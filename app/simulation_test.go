package app_test

import (
	"flag"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/app/apptest"
)

var (
	simBlocks = flag.Int("sim.blocks", 50, "blocks of each simulated chain")
	simSize   = flag.Int("sim.size", 14, "most messages tried in a simulated block")
	simSeeds  = flag.Int("sim.seeds", 2, "how many seeds the full simulation runs, counted from sim.first")
	simFirst  = flag.Int64("sim.first", 1, "the first seed")
)

// TestFullAppSimulation runs random messages of all modules through two differently-run apps, which must agree on every
// app hash, recomputes the accounting along the way, replays the blocks as a syncing node would, and starts a new chain
// from the export. Longer: go test ./app -run TestFullAppSimulation -sim.blocks 1000 -sim.seeds 20
func TestFullAppSimulation(t *testing.T) {
	accepted := map[string]int{}
	for i := range *simSeeds {
		seed := *simFirst + int64(i)
		t.Run(fmt.Sprint("seed ", seed), func(t *testing.T) {
			s := newSimulation(t, seed, []apptest.Variant{{Name: "plain"}, {Name: "block-stm", BlockSTM: true}})
			s.run(*simBlocks, *simSize)
			t.Logf("accepted %v", s.accepted)
			for name, n := range s.accepted {
				accepted[name] += n
			}
			s.chain.Replay()
			next := s.chain.ExportImport(apptest.Variants[:1])
			next.Blocks(25)
			next.RequireInvariants()
		})
	}
	for _, name := range []string{
		"/joule.device.v1.MsgRegisterDevice", "/joule.device.v1.MsgRetireDevice", "/joule.device.v1.MsgOfferDevice",
		"/joule.device.v1.MsgAttest", "/joule.device.v1.MsgReleaseChip", "/joule.work.v1.MsgAssertRadio",
		"/joule.work.v1.MsgSubmitWork", "/joule.work.v1.MsgSetDiskClaim", "/joule.emissions.v1.MsgClaim", "/joule.emissions.v1.MsgBurn", "/joule.beacon.v1.MsgRegisterKey",
		"/cosmos.bank.v1beta1.MsgSend", "/cosmos.staking.v1beta1.MsgDelegate", "/cosmos.gov.v1.MsgSubmitProposal", "/cosmos.gov.v1.MsgVote",
	} {
		require.NotZero(t, accepted[name], "no %s succeeded: the simulation does not reach it", name)
	}
}

// The same seed gives the same chain, another seed another.
func TestSimulationIsDeterministic(t *testing.T) {
	hash := func(seed int64) []byte {
		s := newSimulation(t, seed, apptest.Variants[:1])
		s.run(25, *simSize)
		return s.chain.AppHash(s.chain.Height())
	}
	first := hash(42)
	require.Equal(t, first, hash(42))
	require.NotEqual(t, first, hash(43))
}
