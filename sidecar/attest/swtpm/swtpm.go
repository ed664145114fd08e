// Package swtpm runs Debian's software TPM, for tests and devnets: a TPM with endorsement certificates of a throw-away
// maker, on a unix socket.
package swtpm

import (
	"context"
	"encoding/pem"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"time"
)

// ErrNotInstalled means that swtpm or one of its tools is not on this machine.
var ErrNotInstalled = errors.New("swtpm is not installed: apt-get install swtpm swtpm-tools")

// maxSocket is the longest name of a unix socket in bytes, its closing zero left out.
const maxSocket = 107

// patience bounds the start of an emulator.
const patience = 30 * time.Second

// TPM is an emulator that lies in a folder.
type TPM struct{ dir string }

// Installed is ErrNotInstalled where a tool is missing.
func Installed() error {
	for _, tool := range []string{"swtpm", "swtpm_setup", "swtpm_localca"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("%w (%s)", ErrNotInstalled, tool)
		}
	}
	return nil
}

// Make manufactures a TPM in a folder, which must be new or empty. Its socket's name, and so the folder's, must be
// short. run runs a program to its end; nil runs it directly.
func Make(ctx context.Context, dir string, run func(ctx context.Context, argv ...string) ([]byte, error)) (*TPM, error) {
	if err := Installed(); err != nil {
		return nil, err
	}
	if run == nil {
		run = func(ctx context.Context, argv ...string) ([]byte, error) {
			out, err := exec.CommandContext(ctx, argv[0], argv[1:]...).CombinedOutput()
			if err != nil {
				err = fmt.Errorf("%s: %w: %s", argv[0], err, out)
			}
			return out, err
		}
	}
	t := &TPM{dir: dir}
	if n := len(t.socket()); n > maxSocket {
		return nil, fmt.Errorf("%s has %d characters, a socket's name at most %d: choose a shorter folder", t.socket(), n, maxSocket)
	}
	files := map[string]string{
		"localca.conf":    fmt.Sprintf("statedir = %[1]s\nsigningkey = %[1]s/key.pem\nissuercert = %[1]s/issuer.pem\ncertserial = %[1]s/serial\n", dir),
		"localca.options": "--platform-manufacturer Joule\n--platform-version 1\n--platform-model devnet\n",
		"setup.conf": fmt.Sprintf("create_certs_tool = swtpm_localca\ncreate_certs_tool_config = %[1]s/localca.conf\ncreate_certs_tool_options = %[1]s/localca.options\n",
			dir),
	}
	if err := os.MkdirAll(t.state(), 0o700); err != nil {
		return nil, err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return nil, err
		}
	}
	_, err := run(ctx, "swtpm_setup", "--tpm2", "--tpmstate", t.state(), "--create-ek-cert", "--config", filepath.Join(dir, "setup.conf"))
	return t, err
}

func (t *TPM) state() string  { return filepath.Join(t.dir, "state") }
func (t *TPM) socket() string { return filepath.Join(t.dir, "socket") }

// Command is the emulator's program with its arguments. It serves one connection at a time, one after the other.
func (t *TPM) Command() []string {
	return []string{"swtpm", "socket", "--tpm2", "--tpmstate", "dir=" + t.state(), "--server", "type=unixio,path=" + t.socket(), "--flags", "not-need-init,startup-clear"}
}

// Address is where the running emulator is, as sidecar/keys/tpmkey takes it.
func (t *TPM) Address() string { return "unix:" + t.socket() }

// Await returns once the emulator takes connections.
func (t *TPM) Await(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		conn, err := net.Dial("unix", t.socket())
		if err == nil {
			return conn.Close()
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("swtpm does not listen: %w", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Authorities are the certificates in DER above those of its endorsement keys, issuer first, root last.
func (t *TPM) Authorities() ([][]byte, error) {
	var chain [][]byte
	for _, name := range []string{"issuer.pem", "swtpm-localca-rootca-cert.pem"} {
		text, err := os.ReadFile(filepath.Join(t.dir, name))
		if err != nil {
			return nil, err
		}
		block, _ := pem.Decode(text)
		if block == nil {
			return nil, fmt.Errorf("%s holds no certificate", name)
		}
		chain = append(chain, block.Bytes)
	}
	return chain, nil
}
