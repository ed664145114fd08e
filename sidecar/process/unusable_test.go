package process_test

import (
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/health"
	"github.com/joulechain/joule/sidecar/keys"
	"github.com/joulechain/joule/sidecar/process"
)

// withRadio configures gpu0, gpu1 and a gateway that listens at address.
func withRadio(t *testing.T, address string, values map[string]any) *rig {
	t.Helper()
	r := newRig(t, nil)
	for _, name := range []string{"gpu1", "gw0"} {
		_, err := keys.NewDevice(filepath.Join(r.home, "keys", name+".json"), keys.TypeEd25519, nil)
		require.NoError(t, err)
	}
	if values == nil {
		values = map[string]any{}
	}
	values["radio.listen"] = address
	r.configure(t, values,
		config.Device{Name: "gpu0", Class: "gpu", KeyFile: "keys/gpu0.json"},
		config.Device{Name: "gpu1", Class: "gpu", KeyFile: "keys/gpu1.json"},
		config.Device{Name: "gw0", Class: "radio", KeyFile: "keys/gw0.json", Gateway: "aa555a0000000101", Region: "EU868"})
	return r
}

// A key that is not usable and a port that is taken cost their own devices' earnings and nobody else's.
func TestUnusableDevicesStopNoOther(t *testing.T) {
	taken, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	r := withRadio(t, taken.LocalAddr().String(), nil)
	require.NoError(t, os.Chmod(r.home+"/keys/gpu1.json", 0o644))
	defer r.chain.Pace(blockTime)()
	p, stop := r.start(t, process.Options{OpenWorker: fakeWorker})
	window := r.chain.Open()
	eventually(t, func() bool { return r.chain.Opened(r.device, window) }, "gpu0 works")

	get(t, p, "/healthz", http.StatusOK)
	get(t, p, "/readyz", http.StatusServiceUnavailable)
	var report health.Report
	getJSON(t, p, "/status", &report)
	states := map[string]string{}
	for _, d := range report.Devices {
		states[d.Name] = d.State
	}
	require.Equal(t, map[string]string{"gpu0": "active", "gpu1": process.StateUnusable, "gw0": process.StateUnusable}, states)
	all := strings.Join(report.Problems, "\n")
	require.Contains(t, all, "chmod 600")
	require.Contains(t, all, taken.LocalAddr().String())
	require.Contains(t, get(t, p, "/metrics", http.StatusOK), `state="unusable"`)
	stop()
}

// What is mended is noticed: the process asks to be built anew, and with the new one the device has its place.
func TestMendedDeviceIsTakenIn(t *testing.T) {
	mend := map[string]func(t *testing.T, r *rig, port net.PacketConn){
		"key": func(t *testing.T, r *rig, _ net.PacketConn) {
			require.NoError(t, os.Chmod(r.home+"/keys/gpu1.json", 0o600))
		},
		"port": func(t *testing.T, _ *rig, port net.PacketConn) { require.NoError(t, port.Close()) },
	}
	for name, mended := range map[string]string{"key": "gpu1", "port": "gw0"} {
		t.Run(name, func(t *testing.T) {
			taken, err := net.ListenPacket("udp", "127.0.0.1:0")
			require.NoError(t, err)
			defer taken.Close()
			r := withRadio(t, taken.LocalAddr().String(), nil)
			require.NoError(t, os.Chmod(r.home+"/keys/gpu1.json", 0o644))
			p, err := process.New(r.config(t), process.Options{OpenWorker: fakeWorker, Log: quiet(), ReopenEvery: 10 * time.Millisecond})
			require.NoError(t, err)
			done := make(chan error, 1)
			go func() { done <- p.Run(context.Background()) }()
			select {
			case err := <-done:
				require.Fail(t, "it ended with nothing mended", "%v", err)
			case <-time.After(200 * time.Millisecond):
			}
			mend[name](t, r, taken)
			require.ErrorIs(t, <-done, process.ErrReopen)
			p, _ = r.start(t, process.Options{OpenWorker: fakeWorker})
			for _, d := range p.Report().Devices {
				if d.Name == mended {
					require.NotEqual(t, process.StateUnusable, d.State, d.LastError)
				}
			}
		})
	}
}

// Where nothing at all can be opened there is nothing to go on with: every device's reason is told.
func TestNoUsableDeviceIsAFailure(t *testing.T) {
	taken, err := net.ListenPacket("udp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	r := withRadio(t, taken.LocalAddr().String(), nil)
	require.NoError(t, os.Chmod(r.home+"/keys/gpu0.json", 0o644))
	require.NoError(t, os.Remove(r.home+"/keys/gpu1.json"))
	_, err = process.New(r.config(t), process.Options{OpenWorker: fakeWorker, Log: quiet()})
	require.ErrorIs(t, err, keys.ErrLooseMode)
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, "device gw0: ")
}

func TestOneKeyOneDevice(t *testing.T) {
	r := newRig(t, nil)
	key, err := os.ReadFile(r.home + "/keys/gpu0.json")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(r.home+"/keys/copy.json", key, 0o600))
	r.configure(t, nil, config.Device{Name: "gpu0", Class: "gpu", KeyFile: "keys/gpu0.json"}, config.Device{Name: "gpu1", Class: "gpu", KeyFile: "keys/copy.json"})
	_, err = process.New(r.config(t), process.Options{OpenWorker: fakeWorker, Log: quiet()})
	require.ErrorIs(t, err, process.ErrSameKey)
}

// A relay's port that is taken is the relay's trouble: the gateways are heard all the same.
func TestGatewaysWorkWithoutTheirRelay(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	r := withRadio(t, "127.0.0.1:0", map[string]any{"exchange.listen": taken.Addr().String()})
	p, _ := r.start(t, process.Options{OpenWorker: fakeWorker})
	report := p.Report()
	require.NotNil(t, report.Gateways)
	require.Contains(t, get(t, p, "/metrics", http.StatusOK), `joule_sidecar_radio_problems{device="gw0"}`)
	require.Contains(t, strings.Join(report.Problems, "\n"), "no receipts' relay is served")
	for _, d := range report.Devices {
		require.NotEqual(t, process.StateUnusable, d.State, d.LastError)
	}
}

// A relay whose port becomes free is served by the process that is built anew.
func TestMendedRelayIsServed(t *testing.T) {
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer taken.Close()
	r := withRadio(t, "127.0.0.1:0", map[string]any{"exchange.listen": taken.Addr().String()})
	p, err := process.New(r.config(t), process.Options{OpenWorker: fakeWorker, Log: quiet(), ReopenEvery: 10 * time.Millisecond})
	require.NoError(t, err)
	done := make(chan error, 1)
	go func() { done <- p.Run(context.Background()) }()
	select {
	case err := <-done:
		require.Fail(t, "it ended with nothing mended", "%v", err)
	case <-time.After(200 * time.Millisecond):
	}
	require.NoError(t, taken.Close())
	require.ErrorIs(t, <-done, process.ErrReopen)
	p, _ = r.start(t, process.Options{OpenWorker: fakeWorker})
	require.NotContains(t, strings.Join(p.Report().Problems, "\n"), "relay")
}
