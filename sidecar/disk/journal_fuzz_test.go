package disk

import (
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/disk/internal/vfs/vfstest"
)

// Whatever a journal holds, reading it never panics; what reads names nothing outside its folder and nothing that is
// not a plot, and is written as a journal that reads as the same.
func FuzzJournal(f *testing.F) {
	const final = "joule-k18-s2-000000-000003-01020304.plot"
	for _, seed := range []string{
		`{"version":1,"op":"plot","making":"` + final + `.making","final":"` + final + `","first":0,"plots":4}`,
		`{"version":1,"op":"merge","making":"` + final + `.making","final":"` + final + `","first":0,"plots":4,"slot":64,"tiles":2,"sources":["joule-a.plot","joule-b.plot"]}`,
		`{"version":1,"op":"merge","making":"` + final + `.making","final":"` + final + `","sources":["../joule-a.plot"]}`,
		`{"version":1,"op":"merge","making":"` + final + `.making","final":"` + final + `","sources":["joule-/../../a.plot"]}`,
		`{"version":1,"making":"joule-/../x.plot.making","final":"joule-/../x.plot"}`,
		`{"version":1,"making":"else","final":"` + final + `"}`,
		`{"version":2}`, `null`, `{}`, ``,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		const folder = "/plots"
		fsys := vfstest.New(folder)
		file, err := fsys.Create(filepath.Join(folder, journalName))
		require.NoError(t, err)
		_, err = file.WriteAt(data, 0)
		require.NoError(t, err)
		require.NoError(t, file.Close())
		j := readJournal(fsys, folder)
		if j == nil {
			return
		}
		require.Equal(t, j.Final+makingSuffix, j.Making)
		for _, name := range append([]string{j.Final}, j.Sources...) {
			require.True(t, isPlotName(name), "%q", name)
			require.Equal(t, folder, filepath.Dir(filepath.Join(folder, name)), "%q", name)
			require.False(t, strings.ContainsAny(name, `/`), "%q", name)
		}
		want := *j
		require.NoError(t, j.write(fsys, folder))
		again := readJournal(fsys, folder)
		require.NotNil(t, again)
		if len(want.Sources) == 0 {
			want.Sources, again.Sources = nil, nil // none is none, however it was written
		}
		require.Equal(t, want, *again)
	})
}
