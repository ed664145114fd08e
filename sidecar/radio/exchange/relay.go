package exchange

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"time"

	"github.com/joulechain/joule/sidecar/radio/quiet"
)

const (
	// DefaultListen is a relay's address.
	DefaultListen  = "127.0.0.1:1780"
	headerTimeout  = 5 * time.Second
	requestTimeout = 10 * time.Second
	idleTimeout    = time.Minute
	maxHeaderBytes = 8 << 10
)

// ErrPublicPlain means that a relay would serve others than this machine without TLS.
var ErrPublicPlain = errors.New("a relay beyond loopback needs exchange.cert and exchange.key, or exchange.allow_plain behind a proxy that has them")

// RelayOptions configure a relay. Those without a remark must be set.
type RelayOptions struct {
	ChainID string
	Keys    Keys
	Listen  string // default DefaultListen; port 0 takes a free one
	// CertFile and KeyFile make it HTTPS; both or none.
	CertFile, KeyFile string
	// AllowPlain permits plain HTTP on another address than loopback's.
	AllowPlain bool
	// Meter, if set, counts what letters came to and requests that were refused; it must not block.
	Meter func(event string)
	Log   *slog.Logger // nil: none
}

// Relay keeps mailboxes and serves them.
type Relay struct {
	opts  RelayOptions
	boxes *mailboxes
	http  *http.Server
	ln    net.Listener
	quiet *quiet.Logger
	rates *allowances
}

// NewRelay listens. Errors: ErrPublicPlain, those of the address and of the certificate.
func NewRelay(o RelayOptions) (*Relay, error) {
	if o.Listen == "" {
		o.Listen = DefaultListen
	}
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	if o.Meter == nil {
		o.Meter = func(string) {}
	}
	r := &Relay{opts: o, boxes: newMailboxes(o.ChainID, o.Keys), quiet: quiet.New(o.Log, nil), rates: newAllowances()}
	ln, err := net.Listen("tcp", o.Listen)
	if err != nil {
		return nil, fmt.Errorf("exchange.listen: %w", err)
	}
	secure := o.CertFile != "" || o.KeyFile != ""
	if host := ln.Addr().(*net.TCPAddr); !host.IP.IsLoopback() && !secure && !o.AllowPlain {
		return nil, errors.Join(fmt.Errorf("%w: exchange.listen is %s", ErrPublicPlain, o.Listen), ln.Close())
	}
	ln = newBounded(ln, func() { o.Meter("too many connections") })
	if secure {
		cert, err := tls.LoadX509KeyPair(o.CertFile, o.KeyFile)
		if err != nil {
			return nil, errors.Join(fmt.Errorf("exchange.cert and exchange.key: %w", err), ln.Close())
		}
		ln = tls.NewListener(ln, &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12})
	}
	r.ln = ln
	mux := http.NewServeMux()
	mux.HandleFunc("POST "+PostPath, r.post)
	mux.HandleFunc("GET "+PostPath+"/{epoch}/{hash}", r.get)
	r.http = &http.Server{
		Handler: r.limited(mux), ReadHeaderTimeout: headerTimeout, ReadTimeout: requestTimeout, WriteTimeout: requestTimeout, IdleTimeout: idleTimeout,
		MaxHeaderBytes: maxHeaderBytes, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, slog.LevelError),
	}
	return r, nil
}

// Address is where the relay listens.
func (r *Relay) Address() string { return r.ln.Addr().String() }

// Begin tells of a new epoch: mail is taken for it and the one before.
func (r *Relay) Begin(epoch uint64) { r.boxes.begin(epoch) }

// Run serves until the context ends.
func (r *Relay) Run(ctx context.Context) error {
	stop := context.AfterFunc(ctx, func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		if r.http.Shutdown(end) != nil {
			_ = r.http.Close()
		}
	})
	defer stop()
	if err := r.http.Serve(r.ln); !errors.Is(err, http.ErrServerClosed) {
		return err
	}
	return nil
}

// Close frees the address of a relay that was never run.
func (r *Relay) Close() error { return r.ln.Close() }

func (r *Relay) post(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxBody))
	if err != nil {
		r.refuse(w, "malformed", http.StatusRequestEntityTooLarge, fmt.Errorf("%w: over %d bytes, or cut off", ErrWire, maxBody))
		return
	}
	epoch, letters, err := decodeBatch(body)
	if err != nil {
		r.refuse(w, "malformed", http.StatusBadRequest, err)
		return
	}
	if !r.rates.letters(req.RemoteAddr, len(letters)) {
		w.Header().Set("Retry-After", "5")
		r.refuse(w, "rate_limited", http.StatusTooManyRequests, fmt.Errorf("more than %d receipts a second, or all together more than %d", LetterRate, TotalLetterRate))
		return
	}
	codes := make([]byte, len(letters))
	for i, l := range letters {
		code := r.boxes.put(req.Context(), epoch, l)
		codes[i] = byte(code)
		r.opts.Meter(code.String())
	}
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(codes)
}

func (r *Relay) get(w http.ResponseWriter, req *http.Request) {
	epoch, hash, err := parseMailbox(req.PathValue("epoch"), req.PathValue("hash"))
	if err != nil {
		r.refuse(w, "malformed", http.StatusBadRequest, err)
		return
	}
	w.Header().Set("Content-Type", contentType)
	_, _ = w.Write(encodeMailbox(r.boxes.box(epoch, hash)))
}

func (r *Relay) refuse(w http.ResponseWriter, event string, status int, err error) {
	r.opts.Meter(event)
	r.quiet.Warn(event, "a request was refused", "error", err)
	http.Error(w, err.Error(), status)
}

// limited refuses addresses that ask too often.
func (r *Relay) limited(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		if !r.rates.request(req.RemoteAddr) {
			w.Header().Set("Retry-After", "1")
			r.refuse(w, "rate_limited", http.StatusTooManyRequests, fmt.Errorf("more than %d requests a second", RequestRate))
			return
		}
		next.ServeHTTP(w, req)
	})
}
