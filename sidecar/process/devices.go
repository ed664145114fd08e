package process

import (
	"errors"
	"fmt"

	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/scheduler"
	"github.com/joulechain/joule/sidecar/worker"
	devicetypes "github.com/joulechain/joule/x/device/types"
)

// ErrSameKey means that two devices of the configuration have one key: whatever they sign would collide.
var ErrSameKey = errors.New("one key, one device")

// StateUnusable is the state of a device that this sidecar could not open.
const StateUnusable = "unusable"

// opened is a device that this process works with.
type opened struct {
	config.Device
	signer keys.Signer
	worker worker.Registered
}

// openDevices opens what can be opened. A device whose key, card, port or file is not usable costs its own earnings
// alone: it is logged, shown as unusable and tried again now and then, and the others work. The error is that of all
// devices where none is left, or wraps ErrSameKey.
func (p *Process) openDevices() error {
	var failures []error
	ids := map[string]string{}
	for _, d := range p.cfg.Devices {
		signer, err := keys.LoadDevice(p.cfg.Path(d.KeyFile), p.opts.Passphrase)
		if err != nil {
			err = fmt.Errorf("device %s: %w", d.Name, err)
			p.leaveOut(d, "", err)
			failures = append(failures, err)
			continue
		}
		if other, ok := ids[string(signer.DeviceID())]; ok {
			return fmt.Errorf("devices %s and %s have the same key: %w", other, d.Name, ErrSameKey)
		}
		ids[string(signer.DeviceID())] = d.Name
		w, err := p.openWorker(p.sites[d.Class], d, signer)
		if err != nil {
			p.leaveOut(d, devicetypes.FormatDeviceID(signer.DeviceID()), err)
			failures = append(failures, err)
			continue
		}
		p.opened = append(p.opened, opened{d, signer, w})
		p.sites[d.Class].take(w.Worker)
		desc := w.Worker.Describe()
		p.log.Info("device", "name", d.Name, "backend", desc.Backend, "hardware", desc.Hardware, "why", desc.Why)
	}
	if len(p.opened) == 0 {
		return errors.Join(failures...)
	}
	return nil
}

// leaveOut remembers a device that could not be opened.
func (p *Process) leaveOut(d config.Device, id string, err error) {
	p.log.Error("a device is not usable; the others work without it", "device", d.Name, "error", err)
	p.unusable = append(p.unusable, scheduler.DeviceStatus{
		Name: d.Name, DeviceID: id, Class: d.Class, State: StateUnusable, Activity: "idle", LastError: err.Error(),
	})
}

// openWorker builds a device's worker and finds out what it can do.
func (p *Process) openWorker(at site, d config.Device, signer keys.Signer) (worker.Registered, error) {
	var w worker.Worker
	var err error
	if p.opts.OpenWorker != nil {
		w, err = p.opts.OpenWorker(p.cfg, d, signer.DeviceID(), p.log)
	}
	if w == nil && err == nil {
		w, err = at.open(d, signer)
	}
	if err != nil {
		return worker.Registered{}, err
	}
	r, err := worker.Register(workerClasses(), w)
	if err != nil {
		return r, errors.Join(fmt.Errorf("device %s: %w", d.Name, err), w.Close())
	}
	return r, nil
}
