package house

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestMachineryNamesNoClass(t *testing.T) {
	for _, dir := range Classless {
		found, err := Walk(filepath.Join(moduleRoot, dir), NamesClass, os.ReadFile)
		require.NoError(t, err, "a rule about a folder that no longer exists guards nothing")
		require.Empty(t, found)
	}
}

func TestMachineryNamesNoClassFailsWhenBroken(t *testing.T) {
	for name, c := range map[string]struct {
		src   string
		found int
	}{
		"the chain's name": {"var x = t.WORK_CLASS_GPU", 1},
		"a type's":         {"type DiskSample struct{}", 1},
		"a field's":        {"var x = record.Radio", 1},
		"a variable":       {"func f(radios int) {}", 1},
		"inside a name":    {"func judgeRadio() {}", 1},
		"an import":        {"import \"a/sidecar/radio\"", 1},
		"a metric":         {"const x = \"disk_plots\"", 1},
		"a text":           {"const x = \"for GPUs only\"", 1},
		"a comment":        {"// a GPU's rounds\nconst x = 1", 0},
		"the spool's disk": {"var x = durable.ErrDiskFull\nconst y = \"too little free disk space\"", 0},
		"another word":     {"func graduate(paradise int) {}", 0},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			require.NoError(t, os.WriteFile(filepath.Join(dir, "a.go"), []byte("package p\n"+c.src+"\n"), 0o600))
			found, err := Walk(dir, NamesClass, os.ReadFile)
			require.NoError(t, err)
			require.Len(t, found, c.found)
		})
	}
}
