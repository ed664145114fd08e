package config

import (
	"fmt"
	"math"
	"net"
	"net/netip"

	"github.com/joulechain/joule/sidecar/address"
)

// PositionE7 is where a radio's antenna stands in 1e-7 degrees. −180° is the same place as 180°, which is how it is
// written.
func (d Device) PositionE7() (latitude, longitude int32) {
	latitude, longitude = int32(math.Round(d.Latitude*1e7)), int32(math.Round(d.Longitude*1e7))
	if longitude == -1_800_000_000 {
		longitude = -longitude
	}
	return latitude, longitude
}

// GainTenths is the antenna's gain in tenths of dBi.
func (d Device) GainTenths() int32 { return int32(math.Round(d.Gain * 10)) }

// checkRadioKeys keeps a radio's keys out of other devices' blocks.
func (d Device) checkRadioKeys() error {
	if d.Class != ClassRadio && (d.Gateway != "" || d.Region != "" || d.Latitude != 0 || d.Longitude != 0 || d.Gain != 0) {
		return fmt.Errorf("%w: device %q is a %s and has gateway, region, latitude, longitude or gain: they belong to radios", ErrContradiction, d.Name, d.Class)
	}
	return nil
}

// checkRadio wants a gateway of the device's own, and a region.
func (c Config) checkRadio(d Device, t *taken) error {
	if d.Backend != "" || d.Index != 0 || d.Threads != 0 || len(d.Folders) != 0 {
		return fmt.Errorf("%w: device %q is a radio and has backend, index, threads or folders: they belong to GPUs and disks", ErrContradiction, d.Name)
	}
	if d.Gateway == "" || d.Region == "" {
		return fmt.Errorf("%w: device %q is a radio and needs gateway (its EUI) and region in its block", ErrValue, d.Name)
	}
	eui, err := address.ParseEUI(d.Gateway)
	if err != nil {
		return fmt.Errorf("%w: device %q: %w", ErrValue, d.Name, err)
	}
	if other, ok := t.gateways[eui.String()]; ok {
		return fmt.Errorf("%w: devices %q and %q use the same gateway %s: one antenna cannot serve two identities", ErrContradiction, other, d.Name, eui)
	}
	t.gateways[eui.String()] = d.Name
	return nil
}

// maxUpstreams is the multiplexer's.
const maxUpstreams = 8

// checkRadioServer checks the addresses of [radio]; whether they can be listened on shows when they are.
func (c Config) checkRadioServer() error {
	host, port, err := net.SplitHostPort(c.Radio.Listen)
	if err != nil || port != "0" && !validPort(port) {
		return fmt.Errorf("%w: radio.listen %q must be host:port", ErrValue, c.Radio.Listen)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) && !c.Radio.AllowPublic {
		return fmt.Errorf("%w: radio.listen %q is reachable from other machines and radio.allow_public is false: use 127.0.0.1 or allow it, and name radio.sources",
			ErrContradiction, c.Radio.Listen)
	}
	for _, s := range c.Radio.Sources {
		if _, err := netip.ParsePrefix(s); err != nil {
			return fmt.Errorf("%w: radio.sources: %q must be a network like 192.168.1.0/24", ErrValue, s)
		}
	}
	if n := len(c.Radio.Upstreams); n > maxUpstreams {
		return fmt.Errorf("%w: radio.upstreams has %d network servers, at most %d", ErrValue, n, maxUpstreams)
	}
	if n := len(c.Exchange.Relays); n > address.MaxRelays {
		return fmt.Errorf("%w: exchange.relays has %d URLs, at most %d", ErrValue, n, address.MaxRelays)
	}
	for _, r := range c.Exchange.Relays {
		if _, err := address.ParseRelay(r); err != nil {
			return fmt.Errorf("%w: exchange.relays: %w", ErrValue, err)
		}
	}
	if (c.Exchange.Cert == "") != (c.Exchange.Key == "") {
		return fmt.Errorf("%w: of exchange.cert and exchange.key one is set: set both or none", ErrContradiction)
	}
	for _, u := range c.Radio.Upstreams {
		if host, port, err := net.SplitHostPort(u); err != nil || host == "" || !validPort(port) {
			return fmt.Errorf("%w: radio.upstreams: %q must be host:port, like eu1.cloud.thethings.network:1700", ErrValue, u)
		}
	}
	return nil
}
