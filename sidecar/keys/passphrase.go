package keys

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/term"
)

// PassphraseEnv is the environment variable that may hold the passphrase of encrypted key files.
const PassphraseEnv = "JOULE_SIDECAR_PASSPHRASE"

// maxPassphraseBytes bounds a passphrase file.
const maxPassphraseBytes = 1024

// Passphrase answers with the passphrase of a key file; it is called only for encrypted files.
type Passphrase func(path string) ([]byte, error)

// PassphraseFrom tries, in this order: the file (if its name is not empty), the environment variable PassphraseEnv, and
// a prompt on the terminal (if there is one). There is no flag: a command line is visible to every user of the machine.
func PassphraseFrom(file string) Passphrase {
	return func(path string) ([]byte, error) {
		if file != "" {
			return passphraseFile(file)
		}
		if v, ok := os.LookupEnv(PassphraseEnv); ok && v != "" {
			return []byte(v), nil
		}
		return prompt("Passphrase of " + path + ": ")
	}
}

// NewPassphrase asks for a new passphrase: file and environment as in PassphraseFrom, or twice on the terminal.
func NewPassphrase(file string) ([]byte, error) {
	if file != "" || os.Getenv(PassphraseEnv) != "" {
		return PassphraseFrom(file)("")
	}
	first, err := prompt("New passphrase: ")
	if err != nil {
		return nil, err
	}
	second, err := prompt("The same again: ")
	if err != nil {
		return nil, err
	}
	if !bytes.Equal(first, second) {
		return nil, errors.New("the two passphrases differ")
	}
	if len(first) < 8 {
		return nil, errors.New("the passphrase must have at least 8 bytes")
	}
	return first, nil
}

func passphraseFile(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("passphrase file: %w", err)
	}
	defer f.Close()
	if err := checkMode(f, path); err != nil {
		return nil, err
	}
	data, err := io.ReadAll(io.LimitReader(f, maxPassphraseBytes+1))
	if err != nil {
		return nil, err
	}
	data = bytes.TrimRight(data, "\r\n")
	if len(data) == 0 || len(data) > maxPassphraseBytes {
		return nil, fmt.Errorf("passphrase file %s must hold 1..%d bytes", path, maxPassphraseBytes)
	}
	return data, nil
}

func prompt(text string) ([]byte, error) {
	fd := int(os.Stdin.Fd())
	if !term.IsTerminal(fd) {
		return nil, fmt.Errorf("%w: no passphrase file, no %s and no terminal to ask on", ErrPassphraseNeeded, PassphraseEnv)
	}
	fmt.Fprint(os.Stderr, text)
	defer fmt.Fprintln(os.Stderr)
	return term.ReadPassword(fd)
}
