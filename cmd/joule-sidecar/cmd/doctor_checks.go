package cmd

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/durable"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/process"
	"github.com/joulechain/joule/sidecar/scheduler"
	"github.com/joulechain/joule/sidecar/spool"
	devicetypes "github.com/joulechain/joule/x/device/types"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// connected is a node's answers that several checks need.
type connected struct {
	client    *chain.Client
	work      worktypes.Params
	device    devicetypes.Params
	blockTime time.Duration
}

func (e *examination) keys() {
	if len(e.cfg.Devices) == 0 {
		e.fail("devices", "joule-sidecar keys add NAME", "no [[device]] is configured")
	}
	for _, d := range e.cfg.Devices {
		s, err := keys.LoadDevice(e.cfg.Path(d.KeyFile), passphrase(e.cfg))
		if err != nil {
			e.fail("key "+d.Name, "", "%s", err)
			continue
		}
		e.ok("key "+d.Name, "%s, mode 0600", devicetypes.FormatDeviceID(s.DeviceID()))
		e.hardware(d, s)
	}
}

func (e *examination) disk() {
	dir := e.cfg.Path(e.cfg.Spool.Dir)
	free, err := durable.Free(dir)
	switch {
	case err != nil:
		e.fail("disk", "joule-sidecar init makes the spool", "%s: %s", dir, err)
	case free>>20 < e.cfg.Spool.MinFreeMiB:
		e.fail("disk", "free some space, or lower spool.min_free_mib", "%d MiB free in %s, %d asked for", free>>20, dir, e.cfg.Spool.MinFreeMiB)
	default:
		e.ok("disk", "%d MiB free in %s", free>>20, dir)
	}
	if err != nil {
		return
	}
	s, err := spool.Open(process.SpoolOptions(e.cfg))
	switch {
	case errors.Is(err, spool.ErrLocked):
		e.ok("spool", "in use by the running sidecar")
		return
	case err != nil:
		e.fail("spool", "", "%s", err)
		return
	}
	defer s.Close()
	pending, err := s.Pending()
	switch {
	case err != nil:
		e.fail("spool", "", "%s", err)
	case s.Notice() != "":
		e.warn("spool", "nothing to do; openings of older windows may be lost", "%s", s.Notice())
	default:
		e.ok("spool", "whole, %d statements on their way", len(pending))
	}
}

// chain checks the nodes and, if one is good, goes on with what needs one.
func (e *examination) chain(ctx context.Context, next func(context.Context, connected)) {
	for _, address := range e.cfg.Chain.Endpoints {
		e.node(ctx, address)
	}
	client, err := process.NewClient(e.cfg, nil)
	if err != nil {
		e.fail("chain", "", "%s", err)
		return
	}
	defer client.Close()
	c := connected{client: client}
	if c.work, err = client.WorkParams(ctx); err != nil {
		e.fail("chain", "correct chain.endpoints", "%s", err)
		return
	}
	if c.device, err = client.DeviceParams(ctx); err != nil {
		e.fail("chain", "", "%s", err)
		return
	}
	if c.blockTime, err = e.blockTime(ctx, client); err != nil {
		e.fail("blocks", "wait until the chain makes blocks", "%s", err)
		return
	}
	next(ctx, c)
}

func (e *examination) node(ctx context.Context, address string) {
	name := "node " + address
	one := e.cfg
	one.Chain.Endpoints = []string{address}
	client, err := process.NewClient(one, nil)
	if err != nil {
		e.fail(name, "", "%s", err)
		return
	}
	defer client.Close()
	st, err := client.Status(ctx)
	if err != nil {
		e.fail(name, "start the node, or correct chain.endpoints", "%s", err)
		return
	}
	if syncing, err := client.Syncing(ctx); err == nil && syncing {
		e.warn(name, "wait until it has caught up", "it is catching up, height %d", st.Height)
		return
	}
	e.ok(name, "%s at height %d", st.ChainID, st.Height)
	hostPort, tls, err := config.ParseEndpoint(address)
	if err != nil {
		return
	}
	host, _, err := net.SplitHostPort(hostPort)
	ip := net.ParseIP(host)
	if err == nil && !tls && host != "localhost" && (ip == nil || !ip.IsLoopback() && !ip.IsPrivate()) {
		e.warn(name, "use grpcs://"+hostPort, "the connection is not encrypted: whoever sits between can hide blocks from you")
	}
}

// blockTime watches two new blocks, half a minute at most, and judges the clock by the second.
func (e *examination) blockTime(ctx context.Context, client *chain.Client) (time.Duration, error) {
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	f := chain.NewFollower(client, e.cfg.Chain.PollInterval, e.cfg.Chain.MaxClockSkew, discard())
	first := int64(0)
	for ctx.Err() == nil {
		f.Poll(ctx)
		h := f.Head()
		if first == 0 {
			first = h.Height
		}
		if h.Height >= first+2 && h.BlockTime > 0 {
			if h.Skew > e.cfg.Chain.MaxClockSkew || -h.Skew > e.cfg.Chain.MaxClockSkew {
				e.fail("clock", "timedatectl set-ntp true", "this machine's clock is ahead of the chain's by %s (negative: behind)", h.Skew.Round(time.Millisecond))
			} else {
				e.ok("clock", "agrees with the chain's within %s", e.cfg.Chain.MaxClockSkew)
			}
			e.ok("blocks", "one every %s", h.BlockTime.Round(time.Millisecond))
			return h.BlockTime, nil
		}
		select {
		case <-ctx.Done():
		case <-time.After(e.cfg.Chain.PollInterval):
		}
	}
	return 0, fmt.Errorf("no two new blocks in 30 s")
}

func (e *examination) relayer(ctx context.Context, c connected) {
	a, err := process.LoadRelayer(e.cfg, passphrase(e.cfg))
	if err != nil {
		e.fail("relayer", "", "%s", err)
		return
	}
	_, err = c.client.Account(ctx, a.Address())
	switch {
	case errors.Is(err, chain.ErrNoAccount):
		e.fail("relayer", "send 1 ujoule to "+a.Address(), "%s does not exist on chain", a.Address())
	case err != nil:
		e.fail("relayer", "", "%s", err)
	default:
		e.ok("relayer", "%s exists on chain", a.Address())
	}
}

func (e *examination) devices(ctx context.Context, c connected, b *bar) {
	for _, d := range e.cfg.Devices {
		s, err := keys.LoadDevice(e.cfg.Path(d.KeyFile), passphrase(e.cfg))
		if err != nil {
			continue // reported already
		}
		dev, ok := e.registration(ctx, c, d, s)
		allowance := uint64(0)
		if ok {
			if allowance, err = scheduler.Coverage(ctx, c.client, process.ClassOf(d).Class, dev, c.device); err != nil {
				e.fail("device "+d.Name, "", "%s", err)
			}
		}
		classOf(d.Class).doctor(e, ctx, patient{connected: c, device: d, signer: s, registered: ok, allowance: allowance, bar: b})
	}
}

// registration finds the device on chain; false if it may not work.
func (e *examination) registration(ctx context.Context, c connected, d config.Device, s keys.Signer) (devicetypes.Device, bool) {
	name := "device " + d.Name
	dev, err := c.client.Device(ctx, s.DeviceID())
	switch {
	case errors.Is(err, chain.ErrUnknownDevice):
		e.fail(name, "joule-sidecar register --device "+d.Name, "not registered")
		return dev, false
	case err != nil:
		e.fail(name, "", "%s", err)
		return dev, false
	case dev.WorkClass != process.ClassOf(d).ID:
		e.fail(name, "correct class in "+config.FileName, "it is registered as %s and configured as %s", scheduler.ClassName(dev.WorkClass), d.Class)
		return dev, false
	case dev.State != devicetypes.DEVICE_STATE_ACTIVE:
		e.fail(name, "jouled tx device resume-device", "it is %s", stateText(dev.State))
		return dev, false
	}
	e.ok(name, "active, bond %s, pays %s", dev.Bond, dev.Beneficiary)
	return dev, true
}
