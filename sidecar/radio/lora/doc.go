// Package lora knows what a gateway may transmit: how long a packet is on the air, which channels, powers and shares of
// time a region grants, and how a beacon becomes a LoRaWAN frame of the proprietary type. All times are integers. The
// channel plans are x/work/proof/radio's, which every validator judges by; what is added here are limits that only a
// transmitter has to keep.
package lora
