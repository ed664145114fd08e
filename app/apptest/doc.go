// Package apptest is the determinism harness: it drives the same blocks through several apps that are run differently
// (with and without CheckTx, restarted before every block, under Block-STM) and demands equal app hashes and results.
// Integration tests use it in place of a single app, so each of them is a determinism test as well.
package apptest
