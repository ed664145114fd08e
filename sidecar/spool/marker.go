package spool

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/joulechain/joule/sidecar/durable"
)

// markerName is the small file beside the database that survives its loss.
const markerName = "signed.json"

// marker holds the highest window for which each device has signed or may have signed.
type marker struct {
	Version int               `json:"version"`
	SpoolID string            `json:"spool_id"`
	ChainID string            `json:"chain_id"`
	Highest map[string]uint64 `json:"highest_window"`
	Sum     string            `json:"sum"`
}

func (m marker) digest() string {
	m.Sum = ""
	b, err := json.Marshal(m) // maps are written in key order
	if err != nil {
		return ""
	}
	h := sha256.Sum256(b)
	return hex.EncodeToString(h[:8])
}

func markerPath(dir string) string { return filepath.Join(dir, markerName) }

// readMarker returns nil without an error when there is no marker.
func readMarker(dir string) (*marker, error) {
	data, err := os.ReadFile(markerPath(dir))
	if errors.Is(err, os.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var m marker
	if err := decodeJSON(data, &m); err != nil {
		return nil, fmt.Errorf("%s: %w", markerPath(dir), err)
	}
	if m.Version != recordVersion || m.Sum != m.digest() {
		return nil, fmt.Errorf("%s: %w: version or checksum differs", markerPath(dir), ErrDamaged)
	}
	if m.Highest == nil {
		m.Highest = map[string]uint64{}
	}
	return &m, nil
}

func (m marker) write(dir string) error {
	m.Sum = m.digest()
	data, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	return durable.WriteFile(markerPath(dir), append(data, '\n'), 0o600)
}
