//go:build (linux || darwin || freebsd) && (amd64 || arm64)

package dl

import (
	"fmt"
	"strings"

	"github.com/ebitengine/purego"
)

type library struct {
	name   string
	handle uintptr
}

// Open loads the first of the names that the system's loader finds. A driver
// library stays loaded until the program ends: unloading one is not safe.
func Open(names ...string) (Library, error) {
	reason := "not found"
	for i, name := range names {
		handle, err := purego.Dlopen(name, purego.RTLD_NOW|purego.RTLD_LOCAL)
		if err == nil {
			return library{name: name, handle: handle}, nil
		}
		// The first name is the usual one. dlerror's text is lost where another thread asks.
		if text := strings.TrimPrefix(err.Error(), name+": "); i == 0 && text != "" {
			reason = text
		}
	}
	return nil, fmt.Errorf("%w: %s: %s", ErrLibrary, strings.Join(names, ", "), reason)
}

func (l library) Name() string { return l.name }

func (l library) Symbol(name string) (uintptr, error) {
	address, err := purego.Dlsym(l.handle, name)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", ErrSymbol, err)
	}
	return address, nil
}

func register(function any, address uintptr) { purego.RegisterFunc(function, address) }
