// Package spool is the sidecar's durable memory. It holds each statement before it is signed, so that a crash at any
// instruction neither loses evidence nor lets the device sign two different statements for one (device, window, phase).
//
// The order is: Record (statement and worker state, one synced transaction), marker file (the highest window of each
// device, a file of its own), signature, submission. A statement that is recorded can only be signed as it stands. When
// the database is damaged it is moved aside, what can still be read is kept, and windows up to the marker are never
// signed anew.
package spool
