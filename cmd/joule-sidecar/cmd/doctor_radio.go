package cmd

import (
	"context"
	"fmt"
	"net"
	"slices"
	"time"

	"github.com/joulechain/joule/sidecar/address"
	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/health"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/process"
	"github.com/joulechain/joule/sidecar/radio/gwmp"
	"github.com/joulechain/joule/sidecar/radio/receipts"
	radioworker "github.com/joulechain/joule/sidecar/radio/worker"
	proof "github.com/joulechain/joule/x/work/proof/radio"
	worktypes "github.com/joulechain/joule/x/work/types"
)

const (
	// forwarderPatience is how long doctor waits for a forwarder where no sidecar runs: they poll every 5 to 30 s.
	forwarderPatience = 35 * time.Second
	// gatewayClock is how far a gateway's clock may be off: beyond it receipts count by the time of arrival. Its
	// reports are in whole seconds.
	gatewayClock = receipts.MaxClockGap
	// farOff is how far a gateway's own position may lie from the asserted one, in millimetres.
	farOff = 500_000
)

// radioDevice checks forwarder, clock, region, position and hash chain.
func (e *examination) radioDevice(ctx context.Context, c patient) {
	d, s := c.device, c.signer
	e.forwarder(ctx, d)
	name := "position " + d.Name
	r, ok, err := c.client.Radio(ctx, s.DeviceID())
	switch {
	case err != nil:
		e.fail(name, "", "%s", err)
		return
	case !ok:
		e.fail(name, "joule-sidecar radio assert --device "+d.Name, "no position is asserted")
		return
	}
	a, _ := r.Radio.Radio.Newest()
	latitude, longitude := d.PositionE7()
	epoch, err := c.client.Epoch(ctx)
	switch {
	case err != nil:
		e.fail(name, "", "%s", err)
		return
	case proof.Region(a.Region).String() != d.Region:
		e.fail("region "+d.Name, "correct region in "+config.FileName+", or assert the radio anew", "asserted %s, configured %s: no beacon is sent", proof.Region(a.Region), d.Region)
	case a.LatitudeE7 != latitude || a.LongitudeE7 != longitude || a.Gain != d.GainTenths():
		e.warn(name, "joule-sidecar radio assert --device "+d.Name+", or correct "+config.FileName, "the chain holds another position or gain than %s", config.FileName)
	case a.CountsEpoch > epoch.Number:
		e.warn(name, "wait", "radio %d counts from epoch %d on; this is epoch %d", r.Radio.Radio.Number, a.CountsEpoch, epoch.Number)
	case r.Standing != 0:
		e.warn(name, "", "%s", r.StandingText)
	default:
		e.ok(name, "radio %d at %.5f, %.5f with %g dBi in %s, in force; density pays %.0f %%", r.Radio.Radio.Number, d.Latitude, d.Longitude, d.Gain, d.Region,
			100*float64(r.Scale)/(1<<proof.ScaleBits))
	}
	e.hashChain(d, s, a, epoch.Number)
}

// hashChain checks that the secret behind the asserted anchor is here.
func (e *examination) hashChain(d config.Device, s keys.Signer, a worktypes.RadioAssertion, epoch uint64) {
	name := "hash chain " + d.Name
	fix := "restore " + process.RadioDir(e.cfg, d) + " from a backup, or joule-sidecar radio assert --device " + d.Name
	chains, err := process.OpenChains(e.cfg, d, s.DeviceID())
	if err != nil {
		e.fail(name, fix, "%s", err)
		return
	}
	_, last, err := chains.Preimage(proof.Anchor{Epoch: a.AnchorEpoch, Value: proof.Preimage(a.Anchor)}, max(epoch, a.FromEpoch))
	switch {
	case err != nil:
		e.fail(name, fix, "%s", err)
	case last < epoch+radioworker.ChainLow:
		e.warn(name, "joule-sidecar radio assert --device "+d.Name, "ends with epoch %d", last)
	default:
		e.ok(name, "here, up to epoch %d", last)
	}
}

// forwarder asks the running sidecar for the gateway, or listens in its place for a while.
func (e *examination) forwarder(ctx context.Context, d config.Device) {
	name := "forwarder " + d.Name
	fix := fmt.Sprintf("in the forwarder's configuration: server_address and both ports %s, gateway_ID %s", e.cfg.Radio.Listen, d.Gateway)
	var report health.Report
	if ask(ctx, e.cfg, "/status", &report) == nil {
		i := slices.IndexFunc(report.Radios, func(r radioworker.Report) bool { return r.Device == d.Name })
		if i < 0 || report.Radios[i].Forwarder == nil {
			e.fail(name, fix, "the running sidecar has not heard gateway %s", d.Gateway)
			return
		}
		e.gateway(d, *report.Radios[i].Forwarder)
		return
	}
	eui, err := address.ParseEUI(d.Gateway)
	if err != nil {
		e.fail(name, fix, "%s", err)
		return
	}
	heard := make(chan gwmp.Delivery, 1)
	server, err := gwmp.Listen(gwmp.Options{
		Listen: e.cfg.Radio.Listen, AllowPublic: e.cfg.Radio.AllowPublic, Gateways: []gwmp.EUI{eui},
		Handlers: []gwmp.Handler{gwmp.HandlerFunc(func(x gwmp.Delivery) {
			select {
			case heard <- x:
			default:
			}
		})},
	})
	if err != nil {
		e.fail(name, "", "%s", err)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, forwarderPatience)
	defer cancel()
	done := make(chan error, 1)
	go func() { done <- server.Run(ctx) }()
	select {
	case <-heard:
		for _, g := range server.Gateways() {
			e.gateway(d, g)
		}
	case <-ctx.Done():
		e.fail(name, fix, "gateway %s did not call within %s", d.Gateway, forwarderPatience)
	}
	cancel()
	if err := <-done; err != nil {
		e.warn(name, "", "%s", err)
	}
}

// gateway judges what a forwarder says of itself.
func (e *examination) gateway(d config.Device, g gwmp.Status) {
	name := "forwarder " + d.Name
	seen := g.LastPull
	if g.LastPush.After(seen) {
		seen = g.LastPush
	}
	if age := time.Since(seen); age > time.Minute {
		e.fail(name, "start the packet forwarder", "gateway %s last called %s ago", g.Gateway, age.Round(time.Second))
		return
	}
	if g.Route == "" {
		e.fail(name, "set serv_port_down", "gateway %s does not poll for downlinks: it cannot send beacons", g.Gateway)
		return
	}
	host, _, _ := net.SplitHostPort(g.Route)
	e.ok(name, "gateway %s calls from %s, %d packets, %d of %d downlinks acknowledged", g.Gateway, host, g.Packets, g.Acked, g.Downlinks)
	if g.Stat == nil {
		e.warn("clock "+d.Name, "wait for its first status report, and look again", "the forwarder has not reported its state yet")
		return
	}
	if off := g.Stat.Time.Sub(g.StatAt); !g.Stat.Time.IsZero() && off.Abs() > gatewayClock {
		e.warn("clock "+d.Name, "set the gateway's clock by NTP or GNSS", "the gateway's clock differs by %s; receipts then count by this machine's", off.Round(time.Second))
	} else {
		e.ok("clock "+d.Name, "the gateway's agrees with this machine's to within %s", max(off.Abs().Round(time.Second), time.Second))
	}
	if g.Stat.Latitude == nil || g.Stat.Longitude == nil {
		return
	}
	latitude, longitude := d.PositionE7()
	at := proof.Position{LatitudeE7: int32(*g.Stat.Latitude * proof.DegreeE7), LongitudeE7: int32(*g.Stat.Longitude * proof.DegreeE7)}
	if at.Validate() == nil && at != (proof.Position{}) {
		if off := proof.Distance(at, proof.Position{LatitudeE7: latitude, LongitudeE7: longitude}); off > farOff {
			e.warn("GNSS "+d.Name, "correct latitude and longitude in "+config.FileName+" and assert the radio anew", "the gateway says that it stands %.1f km from the configured position", float64(off)/1e6)
		} else {
			e.ok("GNSS "+d.Name, "the gateway agrees with the position to within %d m", off/1000)
		}
	}
}
