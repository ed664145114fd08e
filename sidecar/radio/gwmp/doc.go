// Package gwmp speaks version 2 of the Gateway Message Protocol, the UDP protocol of Semtech's packet forwarder
// (Lora-net/sx1302_hal, packet_forwarder/PROTOCOL.md, JSON up to v1.6), as a network server does: it takes what
// gateways heard, acknowledges it, and asks gateways to transmit.
//
// The protocol has no authentication. Whoever reaches the socket can speak for any gateway, so the server listens on
// loopback unless told otherwise, can be restricted to known gateways and networks, bounds every size and rate, answers
// with fewer bytes than it was sent, and believes a transmission's acknowledgement only from the address that was
// asked. Nothing here decides a payment: receipts are signed elsewhere and judged by every validator.
package gwmp
