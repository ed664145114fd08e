package dl

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"
)

type fakeLibrary map[string]uintptr

func (fakeLibrary) Name() string { return "libfake.so" }

func (f fakeLibrary) Symbol(name string) (uintptr, error) {
	if address, ok := f[name]; ok {
		return address, nil
	}
	return 0, ErrSymbol
}

func TestMissingLibraryNamesAllThatWereTried(t *testing.T) {
	_, err := Open("libjoule-absent.so.1", "libjoule-absent.so")
	require.ErrorIs(t, err, ErrLibrary)
	if runtime.GOOS == "linux" {
		require.ErrorContains(t, err, "libjoule-absent.so.1, libjoule-absent.so: ")
	}
}

func TestMissingSymbolIsNamedAndNothingIsBound(t *testing.T) {
	var table struct {
		First  func() int32 `symbol:"first"`
		Second func() int32 `symbol:"second"`
	}
	err := Bind(fakeLibrary{"first": 1}, &table)
	require.ErrorIs(t, err, ErrSymbol)
	require.ErrorContains(t, err, "libfake.so has no second")
	require.Nil(t, table.First, "a half-bound table would crash later")
}

func TestBindCallsIntoALibrary(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("uses the C library's name on Linux")
	}
	lib, err := Open("libc.so.6")
	if err != nil {
		t.Skip("no libc.so.6: ", err)
	}
	var table struct {
		Abs    func(v int32) int32 `symbol:"abs"`
		Absent func() int32        `symbol:"joule_absent" optional:"true"`
	}
	require.NoError(t, Bind(lib, &table))
	require.EqualValues(t, 7, table.Abs(-7))
	require.Nil(t, table.Absent)
}
