// Package abci is what the node does in the consensus engine's calls beyond running transactions.
//
// CheckTx counts why evidence is refused. PrepareProposal builds a block: transaction 0 (the reveal, if the proposer
// owes one), evidence by rank, paying transactions by price. ProcessProposal accepts a block within the same limits,
// counted by the same code, whose every transaction passes its ante chain. A block's evidence is verified ahead on
// several goroutines, and the verdicts are remembered between the calls; results depend on neither. Transaction 0 is
// checked and folded into the mix before the block's other transactions run, and has a constant result.
package abci
