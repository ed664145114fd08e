// Package receipts makes signed receipts of the beacons that a radio hears. Each payload is signed once, and a receipt
// is durable before anybody sees it: a crash loses none and never leads to two receipts of one radio for one beacon.
package receipts
