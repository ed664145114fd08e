// Package mux lets gateways keep their day job. It stands behind the sidecar's GWMP server as one more packet
// forwarder: what gateways hear goes on to the owner's network servers in the same protocol and bytes, and what those
// want transmitted comes back. A network server tells gateways apart by the address that PULL_DATA comes from, so each
// gateway has a socket of its own towards each server.
//
// Nothing here waits for a network server: a gateway's datagrams are acknowledged before they get here, names are
// resolved beside the traffic, and what a server cannot take is dropped and counted, as UDP would.
package mux
