package tpmkey

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/google/go-tpm/tpm2"
	"github.com/google/go-tpm/tpm2/transport"
)

// DefaultAddress is the kernel's resource manager.
const DefaultAddress = "/dev/tpmrm0"

const (
	// patience bounds one command: a discrete TPM makes an RSA key in half a minute.
	patience = time.Minute
	// maxResponse is the largest response of a TPM in bytes (TPM2_PT_MAX_RESPONSE_SIZE is 4096 everywhere).
	maxResponse = 4096
)

var (
	// ErrUnavailable means that there is no TPM at the address, or that this user may not use it.
	ErrUnavailable = errors.New("TPM is not available")
	// ErrAddress means that an address is neither a device nor unix:PATH nor tcp:HOST:PORT.
	ErrAddress = errors.New("TPM address")
	// ErrTPM means that the TPM refused a command.
	ErrTPM = errors.New("TPM refused")
	// ErrChanged means that the TPM no longer makes the key: it was cleared, or is another one.
	ErrChanged = errors.New("TPM no longer has this key")
)

// TPM is a TPM at an address; safe for concurrent use. It is opened for each use and closed after it, so that it can be
// shared.
type TPM struct {
	address string
	mu      sync.Mutex
}

// New checks the form of an address: /dev/tpmrm0, unix:PATH or tcp:HOST:PORT. Empty means DefaultAddress.
func New(address string) (*TPM, error) {
	if address == "" {
		address = DefaultAddress
	}
	network, rest, found := strings.Cut(address, ":")
	switch {
	case strings.HasPrefix(address, "/") && !found:
	case found && network == "unix" && rest != "":
	case found && network == "tcp":
		if _, _, err := net.SplitHostPort(rest); err != nil {
			return nil, fmt.Errorf("%w %q: %w", ErrAddress, address, err)
		}
	default:
		return nil, fmt.Errorf("%w %q must be a device like %s, unix:PATH or tcp:HOST:PORT", ErrAddress, address, DefaultAddress)
	}
	return &TPM{address: address}, nil
}

// Address is where the TPM is.
func (t *TPM) Address() string { return t.address }

// connection is what both a device and a socket are.
type connection interface {
	io.ReadWriteCloser
	SetDeadline(time.Time) error
}

func (t *TPM) dial() (connection, error) {
	if network, rest, found := strings.Cut(t.address, ":"); found {
		return net.DialTimeout(network, rest, patience)
	}
	return openDevice(t.address)
}

// wire carries single commands.
type wire struct {
	conn   connection
	socket bool
}

// Send implements transport.TPM. A TPM that is testing itself asks to be asked again.
func (w *wire) Send(command []byte) ([]byte, error) {
	for wait := 20 * time.Millisecond; ; wait *= 2 {
		response, err := w.exchange(command)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrUnavailable, err)
		}
		switch tpm2.TPMRC(binary.BigEndian.Uint32(response[6:])) {
		case tpm2.TPMRCRetry, tpm2.TPMRCYielded, tpm2.TPMRCTesting:
			if wait < patience/8 {
				time.Sleep(wait)
				continue
			}
		}
		return response, nil
	}
}

func (w *wire) exchange(command []byte) ([]byte, error) {
	// A device has no deadlines; the kernel bounds its commands itself.
	if err := w.conn.SetDeadline(time.Now().Add(patience)); err != nil && w.socket {
		return nil, err
	}
	if _, err := w.conn.Write(command); err != nil {
		return nil, err
	}
	response := make([]byte, maxResponse)
	n, err := io.ReadAtLeast(w.conn, response, 10)
	if err != nil {
		return nil, err
	}
	size := int(binary.BigEndian.Uint32(response[2:]))
	if size < 10 || size > maxResponse || n > size {
		return nil, fmt.Errorf("response of %d bytes that says it has %d", n, size)
	}
	if _, err := io.ReadFull(w.conn, response[n:size]); err != nil {
		return nil, err
	}
	return response[:size], nil
}

// use opens the TPM for some commands. A socket leads to one TPM without a resource manager: what an earlier program
// that was killed has left loaded there is removed if the TPM is full.
func (t *TPM) use(commands func(transport.TPM) error) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	conn, err := t.dial()
	if err != nil {
		return fmt.Errorf("%w: %w%s", ErrUnavailable, err, hint(err))
	}
	defer conn.Close()
	w := &wire{conn: conn, socket: strings.Contains(t.address, ":")}
	err = commands(w)
	if w.socket && errors.Is(err, tpm2.TPMRCObjectMemory) {
		if err = flushAll(w); err == nil {
			err = commands(w)
		}
	}
	if err != nil && !errors.Is(err, ErrUnavailable) && !errors.Is(err, ErrChanged) {
		return fmt.Errorf("%w: %w", ErrTPM, err)
	}
	return err
}

func hint(err error) string {
	switch {
	case errors.Is(err, os.ErrNotExist):
		return ": this machine has none there, or it is off in the firmware's setup; swtpm is a software one"
	case errors.Is(err, os.ErrPermission):
		return ": add this user to the group tss"
	}
	return ""
}

// flushAll removes every loaded object.
func flushAll(t transport.TPM) error {
	r, err := tpm2.GetCapability{Capability: tpm2.TPMCapHandles, Property: uint32(tpm2.TPMHTTransient) << 24, PropertyCount: 64}.Execute(t)
	if err != nil {
		return err
	}
	handles, err := r.CapabilityData.Data.Handles()
	if err != nil {
		return err
	}
	for _, h := range handles.Handle {
		if err := flush(t, h); err != nil {
			return err
		}
	}
	return nil
}

func flush(t transport.TPM, h tpm2.TPMHandle) error {
	_, err := tpm2.FlushContext{FlushHandle: h}.Execute(t)
	return err
}
