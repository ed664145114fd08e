package cmd

import (
	"fmt"
	"math"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
)

// sizePattern is a number with a unit of bytes or %.
var sizePattern = regexp.MustCompile(`^([0-9]+(?:\.[0-9]+)?)\s*(%|[KMGTP]?i?B?)$`)

// maxSizeBytes bounds a size, far beyond any disk: 1 EiB.
const maxSizeBytes = 1 << 60

// parseSize reads 500GiB, 2TB or 80%; the latter is a share of total, a disk's size. A number without a unit is none:
// bytes or gigabytes?
func parseSize(text string, total uint64) (uint64, error) {
	wrong := fmt.Errorf("--size is %q and must be like 500GiB, 2TB or 80%%", text)
	m := sizePattern.FindStringSubmatch(strings.TrimSpace(text))
	if m == nil || m[2] == "" || m[2] == "i" || m[2] == "iB" {
		return 0, wrong
	}
	n, err := strconv.ParseFloat(m[1], 64)
	if err != nil {
		return 0, wrong
	}
	if m[2] == "%" {
		if n <= 0 || n > 100 {
			return 0, fmt.Errorf("--size is %s and must be more than 0%% and at most 100%% of the disk", text)
		}
		return uint64(float64(total) * n / 100), nil
	}
	base := 1000.0
	if strings.Contains(m[2], "i") {
		base = 1024
	}
	bytes := n * math.Pow(base, float64(1+strings.IndexByte("KMGTP", m[2][0])))
	if m[2] == "B" {
		bytes = n
	}
	if bytes < 1 || bytes > maxSizeBytes {
		return 0, fmt.Errorf("--size is %s and must be 1 B to 1 EiB", text)
	}
	return uint64(bytes), nil
}

func absolute(path string) (string, error) {
	p, err := filepath.Abs(path)
	if err != nil {
		return "", err
	}
	return filepath.Clean(p), nil
}
