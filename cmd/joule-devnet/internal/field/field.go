// Package field is the devnet's radio field: a scenario of gateways behind real sockets, each with a sidecar of its
// own.
package field

import (
	"context"
	"embed"
	"fmt"
	"log/slog"
	"net"
	"sync"

	"github.com/joulechain/joule/sidecar/radio/rfsim"
)

// Scenarios are those that the program brings along, by file name.
//
//go:embed scenarios/*.yaml
var scenarios embed.FS

// Honest is the scenario of a devnet whose flags name none.
const Honest = "honest.yaml"

// Bundled reads a scenario that the program brings along.
func Bundled(name string) (rfsim.Scenario, error) {
	raw, err := scenarios.ReadFile("scenarios/" + name)
	if err != nil {
		return rfsim.Scenario{}, fmt.Errorf("no bundled scenario is called %q: %w", name, err)
	}
	return rfsim.Parse(raw)
}

// Field is a scenario that is played.
type Field struct {
	sim  *rfsim.Sim
	stop context.CancelFunc
	wait sync.WaitGroup
}

// Start plays a scenario; servers are the addresses of the sidecars' GWMP servers by gateway.
func Start(s rfsim.Scenario, servers map[string]string, log *slog.Logger) (*Field, error) {
	sim, err := rfsim.New(rfsim.Options{Scenario: s, Server: func(gateway string) string { return servers[gateway] }, Log: log})
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	f := &Field{sim: sim, stop: cancel}
	f.wait.Go(func() { _ = sim.Run(ctx) })
	return f, nil
}

// Counts tell what happened at each gateway so far.
func (f *Field) Counts() map[string]rfsim.Counts { return f.sim.Counts() }

// Stop ends the play.
func (f *Field) Stop() {
	f.stop()
	f.wait.Wait()
}

// FreePort finds a UDP port that nobody listens on at 127.0.0.1.
func FreePort() (int, error) {
	conn, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).Port, nil
}
