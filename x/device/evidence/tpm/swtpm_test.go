package tpm

import (
	"encoding/binary"
	"encoding/pem"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Handles of the TPM 2.0 library and of the TCG's EK credential profile.
const (
	handleOwner       = 0x40000001
	handleEndorsement = 0x4000000b
	handleNull        = 0x40000007
	handlePassword    = 0x40000009
	handleRSAEK       = 0x81010001
	handleP384EK      = 0x81010016
	indexRSAEKCert    = 0x01c00002
	indexP384EKCert   = 0x01c00016
	codeRetry         = 0x922
)

// emulator is a software TPM (Debian's swtpm) that speaks the TPM's own command bytes.
type emulator struct {
	tb   testing.TB
	conn net.Conn
	dir  string
}

// startEmulator makes a TPM with endorsement certificates of an authority of its own, and skips where swtpm is not
// installed.
func startEmulator(tb testing.TB) *emulator {
	tb.Helper()
	for _, tool := range []string{"swtpm", "swtpm_setup", "swtpm_localca"} {
		if _, err := exec.LookPath(tool); err != nil {
			tb.Skipf("%s is not installed: apt-get install swtpm swtpm-tools", tool)
		}
	}
	dir, err := os.MkdirTemp("", "swtpm")
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = os.RemoveAll(dir) })
	config := map[string]string{
		"localca.conf":    fmt.Sprintf("statedir = %[1]s\nsigningkey = %[1]s/key.pem\nissuercert = %[1]s/issuer.pem\ncertserial = %[1]s/serial\n", dir),
		"localca.options": "--platform-manufacturer Joule\n--platform-version 1\n--platform-model test\n",
		"setup.conf": fmt.Sprintf("create_certs_tool = %s\ncreate_certs_tool_config = %[2]s/localca.conf\ncreate_certs_tool_options = %[2]s/localca.options\n",
			"swtpm_localca", dir),
	}
	for name, text := range config {
		require.NoError(tb, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600))
	}
	state := filepath.Join(dir, "state")
	require.NoError(tb, os.Mkdir(state, 0o700))
	out, err := exec.Command("swtpm_setup", "--tpm2", "--tpmstate", state, "--create-ek-cert", "--config", filepath.Join(dir, "setup.conf")).CombinedOutput()
	require.NoError(tb, err, "%s", out)

	socket := filepath.Join(dir, "socket")
	process := exec.Command("swtpm", "socket", "--tpm2", "--tpmstate", "dir="+state, "--server", "type=unixio,path="+socket,
		"--flags", "not-need-init,startup-clear")
	require.NoError(tb, process.Start())
	tb.Cleanup(func() { _ = process.Process.Kill(); _ = process.Wait() })
	e := &emulator{tb: tb, dir: dir}
	require.Eventually(tb, func() bool {
		e.conn, err = net.Dial("unix", socket)
		return err == nil
	}, 10*time.Second, 20*time.Millisecond)
	tb.Cleanup(func() { _ = e.conn.Close() })
	return e
}

func u16(n int) []byte    { return binary.BigEndian.AppendUint16(nil, uint16(n)) }
func u32(n uint32) []byte { return binary.BigEndian.AppendUint32(nil, n) }

func join(parts ...[]byte) (all []byte) {
	for _, p := range parts {
		all = append(all, p...)
	}
	return all
}

// auth is one entry of a command's authorisation area: a password session with an empty password, or a policy session.
func auth(session uint32) []byte { return join(u32(session), u16(0), []byte{1}, u16(0)) }

// exchange sends the bytes of a command and returns the response's code and what follows its header.
func (e *emulator) exchange(command []byte) (code uint32, rest []byte) {
	e.tb.Helper()
	_, err := e.conn.Write(command)
	require.NoError(e.tb, err)
	head := make([]byte, 10)
	_, err = io.ReadFull(e.conn, head)
	require.NoError(e.tb, err)
	rest = make([]byte, binary.BigEndian.Uint32(head[2:])-10)
	_, err = io.ReadFull(e.conn, rest)
	require.NoError(e.tb, err)
	return binary.BigEndian.Uint32(head[6:]), rest
}

// command sends a command. auths may be empty; it returns the response's handle, where it has one, and its parameters.
func (e *emulator) command(code uint32, handles, auths, parameters []byte, returnsHandle bool) (handle uint32, response *reader) {
	e.tb.Helper()
	tag, body := 0x8001, join(handles, parameters)
	if len(auths) > 0 {
		tag, body = 0x8002, join(handles, u32(uint32(len(auths))), auths, parameters)
	}
	status, rest := e.exchange(join(u16(tag), u32(uint32(10+len(body))), u32(code), body))
	for tries := 0; status == codeRetry && tries < 100; tries++ { // the TPM tests an algorithm before its first use
		status, rest = e.exchange(join(u16(tag), u32(uint32(10+len(body))), u32(code), body))
	}
	require.Zero(e.tb, status, "command 0x%x failed with code 0x%x", code, status)
	r := &reader{rest: rest}
	if returnsHandle {
		handle = r.u32()
	}
	if len(auths) > 0 {
		r.u32() // parameter size
	}
	return handle, r
}

// createPrimary makes a key and returns its handle and TPMT_PUBLIC.
func (e *emulator) createPrimary(hierarchy uint32, template []byte) (handle uint32, public []byte) {
	e.tb.Helper()
	parameters := join(u16(4), u16(0), u16(0), appendSized(nil, template), u16(0), u32(0))
	handle, r := e.command(0x131, u32(hierarchy), auth(handlePassword), parameters, true)
	return handle, r.sized()
}

// certify is TPM2_Certify.
func (e *emulator) certify(object, signer uint32, nonce []byte) (attest, signature []byte) {
	e.tb.Helper()
	_, r := e.command(0x148, join(u32(object), u32(signer)), join(auth(handlePassword), auth(handlePassword)), join(appendSized(nil, nonce), u16(algNull)), false)
	attest = r.sized()
	start := r.rest
	if scheme := r.u16(); scheme == algRSASSA {
		r.u16()
		r.sized()
	} else {
		r.u16()
		r.sized()
		r.sized()
	}
	require.NoError(e.tb, r.err)
	return attest, start[:len(start)-len(r.rest)]
}

// activate is TPM2_ActivateCredential. Keys of the default RSA template are used by a policy: knowledge of the
// endorsement hierarchy's password.
func (e *emulator) activate(ak, ek uint32, policy bool, blob []byte) []byte {
	e.tb.Helper()
	session := uint32(handlePassword)
	if policy {
		parameters := join(appendSized(nil, make([]byte, 16)), u16(0), []byte{1}, u16(algNull), u16(algSHA256))
		session, _ = e.command(0x176, join(u32(handleNull), u32(handleNull)), nil, parameters, true)
		e.command(0x151, join(u32(handleEndorsement), u32(session)), auth(handlePassword), join(u16(0), u16(0), u16(0), u32(0)), false)
	}
	_, r := e.command(0x147, join(u32(ak), u32(ek)), join(auth(handlePassword), auth(session)), blob, false)
	value := r.sized()
	require.NoError(e.tb, r.err)
	return value
}

// readIndex reads an NV index: a certificate.
func (e *emulator) readIndex(index uint32) (value []byte) {
	e.tb.Helper()
	_, r := e.command(0x169, u32(index), nil, nil, false)
	public := r.sized()
	size := int(binary.BigEndian.Uint16(public[len(public)-2:]))
	for len(value) < size {
		chunk := min(512, size-len(value))
		_, r := e.command(0x14e, join(u32(handleOwner), u32(index)), auth(handlePassword), join(u16(chunk), u16(len(value))), false)
		value = append(value, r.sized()...)
	}
	return value
}

// authorities are the certificates above the endorsement certificates, issuer first.
func (e *emulator) authorities() (chain [][]byte) {
	e.tb.Helper()
	for _, name := range []string{"issuer.pem", "swtpm-localca-rootca-cert.pem"} {
		text, err := os.ReadFile(filepath.Join(e.dir, name))
		require.NoError(e.tb, err)
		block, _ := pem.Decode(text)
		require.NotNil(e.tb, block, name)
		chain = append(chain, block.Bytes)
	}
	return chain
}
