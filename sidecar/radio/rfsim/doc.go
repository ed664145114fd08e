// Package rfsim is a radio field for devnets and tests: gateways at chosen places, each a packet forwarder behind real
// UDP sockets, transmit what their server asks for and report what they hear of each other through path loss, noise,
// collisions and the capture effect. Some cheat.
//
// The physics is a pure function of the scenario (seed included) and of who transmitted what and when; floating point
// is fine here, nothing of it reaches consensus. The simulator talks to a sidecar in the gateways' own protocol and in
// no other way.
package rfsim
