package spec

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"gopkg.in/yaml.v3"
)

// FileName is the description's usual name.
const FileName = "config.yml"

// maxFileBytes bounds a description.
const maxFileBytes = 1 << 20

// Find returns the description to use: path if it is set, else config.yml in the working folder, in the program's
// folder or in the folder above that.
func Find(path, program string) (string, error) {
	if path != "" {
		return path, nil
	}
	beside := filepath.Dir(program)
	places := []string{FileName, filepath.Join(beside, FileName), filepath.Join(filepath.Dir(beside), FileName)}
	for _, p := range places {
		if _, err := os.Stat(p); err == nil {
			return p, nil
		}
	}
	return "", fmt.Errorf("no %s here, in %s or above it: name one with --config", FileName, beside)
}

// Load reads and validates a description.
func Load(path string) (Spec, error) {
	f, err := os.Open(path)
	if err != nil {
		return Spec{}, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFileBytes+1))
	if err != nil {
		return Spec{}, err
	}
	s, err := Parse(data)
	if err != nil {
		return Spec{}, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// Parse reads and validates a description; errors name the key and what would be right.
func Parse(data []byte) (Spec, error) {
	if len(data) > maxFileBytes {
		return Spec{}, fmt.Errorf("the description has more than %d bytes", maxFileBytes)
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	dec.KnownFields(true)
	var s Spec
	if err := dec.Decode(&s); err != nil {
		if errors.Is(err, io.EOF) {
			err = errors.New("it is empty")
		}
		return Spec{}, err
	}
	if err := dec.Decode(new(yaml.Node)); !errors.Is(err, io.EOF) {
		return Spec{}, errors.New("it must be one YAML document: remove what follows ---")
	}
	if err := s.validate(); err != nil {
		return Spec{}, err
	}
	return s, nil
}
