// Package health serves the sidecar's state over HTTP, on loopback by default: /healthz (is the process well), /readyz
// (can it earn), /status and /earnings (JSON), /metrics. It tells nothing secret and takes no commands.
package health

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"github.com/joulechain/joule/sidecar/attest"
	"github.com/joulechain/joule/sidecar/chain"
	diskworker "github.com/joulechain/joule/sidecar/disk/worker"
	"github.com/joulechain/joule/sidecar/gpuworker"
	"github.com/joulechain/joule/sidecar/radio/mux"
	radioworker "github.com/joulechain/joule/sidecar/radio/worker"
	"github.com/joulechain/joule/sidecar/scheduler"
	"github.com/joulechain/joule/sidecar/spool"
	"github.com/joulechain/joule/sidecar/submitter"
)

// Gateways is the socket for packet forwarders.
type Gateways struct {
	Address string `json:"address"`
	// Events count what came through it since start.
	Events map[string]uint64 `json:"events"`
	// Upstreams are the ways to the owner's network servers.
	Upstreams []mux.Status `json:"upstreams,omitempty"`
}

// Report is /status.
type Report struct {
	Version   string                   `json:"version"`
	ChainID   string                   `json:"chain_id"`
	Started   time.Time                `json:"started"`
	Healthy   bool                     `json:"healthy"`
	Ready     bool                     `json:"ready"`
	Problems  []string                 `json:"problems"`
	Height    int64                    `json:"height"`
	BlockTime string                   `json:"block_time"`
	ClockSkew string                   `json:"clock_skew"`
	Relayer   string                   `json:"relayer"`
	Nodes     []chain.NodeHealth       `json:"nodes"`
	Devices   []scheduler.DeviceStatus `json:"devices"`
	Disks     []diskworker.Report      `json:"disks"`
	GPUs      []gpuworker.Report       `json:"gpus"`
	Machine   gpuworker.Machine        `json:"machine"`
	// Attestations are the devices' hardware evidence.
	Attestations []attest.Status  `json:"attestations"`
	Evidence     submitter.Status `json:"evidence"`
	FreeMiB      uint64           `json:"free_mib"`
	// Radios are the radio devices; Gateways is the socket that their forwarders call, absent without radios.
	Radios   []radioworker.Report `json:"radios"`
	Gateways *Gateways            `json:"gateways,omitempty"`
}

// Source answers the requests.
type Source interface {
	Report() Report
	Ledger() ([]spool.Entry, error)
}

// Server is the HTTP server.
type Server struct {
	http *http.Server
	ln   net.Listener
	log  *slog.Logger
}

// maxHeaderBytes and the timeouts bound what a caller can hold.
const (
	maxHeaderBytes = 16 << 10
	readTimeout    = 5 * time.Second
	writeTimeout   = 30 * time.Second
)

// Listen opens the address; registry nil leaves /metrics out.
func Listen(address string, src Source, registry *prometheus.Registry, log *slog.Logger) (*Server, error) {
	ln, err := net.Listen("tcp", address)
	if err != nil {
		return nil, fmt.Errorf("server.address %s: %w: is another joule-sidecar running?", address, err)
	}
	return &Server{
		ln: ln, log: log,
		http: &http.Server{
			Handler: Handler(src, registry), MaxHeaderBytes: maxHeaderBytes,
			ReadHeaderTimeout: readTimeout, ReadTimeout: readTimeout, WriteTimeout: writeTimeout,
		},
	}, nil
}

// Address is where the server listens.
func (s *Server) Address() string { return s.ln.Addr().String() }

// Run serves until the context ends.
func (s *Server) Run(ctx context.Context) error {
	go func() {
		<-ctx.Done()
		stop, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		_ = s.http.Shutdown(stop)
	}()
	if err := s.http.Serve(s.ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Handler routes the requests.
func Handler(src Source, registry *prometheus.Registry) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) {
		r := src.Report()
		answer(w, r.Healthy, map[string]any{"healthy": r.Healthy, "problems": r.Problems})
	})
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, _ *http.Request) {
		r := src.Report()
		answer(w, r.Ready, map[string]any{"ready": r.Ready, "problems": r.Problems})
	})
	mux.HandleFunc("GET /status", func(w http.ResponseWriter, _ *http.Request) { answer(w, true, src.Report()) })
	mux.HandleFunc("GET /earnings", func(w http.ResponseWriter, _ *http.Request) {
		entries, err := src.Ledger()
		if err != nil {
			answer(w, false, map[string]any{"error": err.Error()})
			return
		}
		answer(w, true, map[string]any{"entries": entries})
	})
	if registry != nil {
		mux.Handle("GET /metrics", promhttp.HandlerFor(registry, promhttp.HandlerOpts{}))
	}
	return mux
}

func answer(w http.ResponseWriter, ok bool, body any) {
	w.Header().Set("Content-Type", "application/json")
	if !ok {
		w.WriteHeader(http.StatusServiceUnavailable)
	}
	enc := json.NewEncoder(w)
	enc.SetIndent("", "  ")
	_ = enc.Encode(body) // the caller may have gone
}
