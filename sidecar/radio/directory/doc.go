// Package directory finds the device and key behind a radio's number, as receipts name it. Strangers choose the numbers
// that are asked for, so what is remembered, and what a node is asked in a second, is bounded whatever they send.
package directory
