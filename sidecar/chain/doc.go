// Package chain talks to the chain's nodes over gRPC: several endpoints with failover, queries, transactions, and the
// follower that turns new blocks into a measured block time and an estimate of when a height will come.
package chain
