//go:build !(nvml && cgo && linux)

package nvidiacc

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestOpenSaysWhyThereIsNone(t *testing.T) {
	_, err := Open("0000:1b:00.0")
	require.ErrorIs(t, err, ErrUnavailable)
	require.ErrorContains(t, err, "-tags nvml")
}
