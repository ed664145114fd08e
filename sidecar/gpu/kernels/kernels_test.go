package kernels

import (
	"encoding/binary"
	"fmt"
	"os/exec"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestPTXIsOfTheseSources fails after an edit of a kernel until generate.sh has run.
func TestPTXIsOfTheseSources(t *testing.T) {
	for _, capability := range [][2]int{{6, 1}, {8, 0}} {
		text, target, err := PTX(capability[0], capability[1])
		require.NoError(t, err)
		require.Contains(t, text, "// sources: "+sourcesHash(target)+"\n", "stale PTX: run go generate ./sidecar/gpu/kernels")
		require.Contains(t, text, ".target "+target)
		for _, name := range []string{Expand, Product64, Product128, Dump, Reduce, Place} {
			require.Contains(t, text, ".visible .entry "+name+"(", target)
		}
		require.Equal(t, target == "sm_80", strings.Contains(text, ProductTensor))
	}
}

// TestPTXIsReproducible runs the documented command where its compiler is installed.
func TestPTXIsReproducible(t *testing.T) {
	if _, err := exec.LookPath("clang-19"); err != nil {
		t.Skip("clang-19 is not installed")
	}
	version, err := exec.Command("clang-19", "--version").Output()
	require.NoError(t, err)
	text, _, err := PTX(8, 0)
	require.NoError(t, err)
	if first, _, _ := strings.Cut(string(version), "\n"); !strings.Contains(text, "// compiler: "+first+"\n") {
		t.Skipf("the PTX was made by another build of clang than %s", first)
	}
	out, err := exec.Command("./generate.sh", "--check").CombinedOutput()
	require.NoError(t, err, string(out))
}

// TestTensorInstructions: int8 products on tensor cores are exact only without saturation.
func TestTensorInstructions(t *testing.T) {
	modern, _, err := PTX(9, 0)
	require.NoError(t, err)
	require.Equal(t, 64, strings.Count(modern, "mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 "))
	require.NotContains(t, modern, "satfinite")
	require.Contains(t, modern, ".extern .shared .align 128 .b8 joule_shared[]")
	old, _, err := PTX(7, 5)
	require.NoError(t, err)
	require.Contains(t, old, "dp4a.s32.s32")
	require.NotContains(t, old, "mma.sync")
	_, _, err = PTX(6, 0)
	require.ErrorIs(t, err, ErrCard)
}

// TestKeysAreTheSpecificationsNames decodes the key words of hash.h.
func TestKeysAreTheSpecificationsNames(t *testing.T) {
	for key, want := range map[string]string{
		"KEY_ROW": "joule/gpu/v2/row of A", "KEY_COLUMN": "joule/gpu/v2/column of B",
		"KEY_LEAF": "joule/gpu/v2/tile leaf", "KEY_NODE": "joule/gpu/v2/tile node",
	} {
		line := regexp.MustCompile(`#define ` + key + ` (.*)`).FindStringSubmatch(source("hash.h"))
		require.Len(t, line, 2, key)
		var name []byte
		for _, word := range strings.Split(line[1], ",") {
			var v uint32
			_, err := fmt.Sscan(strings.TrimSuffix(strings.TrimSpace(word), "u"), &v)
			require.NoError(t, err)
			name = binary.LittleEndian.AppendUint32(name, v)
		}
		require.Len(t, name, 32)
		require.Equal(t, want, strings.TrimRight(string(name), "\x00"))
	}
}
