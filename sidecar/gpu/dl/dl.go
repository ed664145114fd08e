// Package dl loads driver libraries at run time, without cgo, and says plainly
// what is missing.
package dl

import (
	"errors"
	"fmt"
	"reflect"
)

var (
	// ErrLibrary means that none of the library's names can be loaded.
	ErrLibrary = errors.New("library cannot be loaded")
	// ErrSymbol means that a loaded library lacks a function: it is too old or not
	// the library it is called.
	ErrSymbol = errors.New("library lacks a function")
)

// Library is a loaded library.
type Library interface {
	// Name is the file name that was loaded.
	Name() string
	// Symbol returns a function's address.
	Symbol(name string) (uintptr, error)
}

// Loader loads the first of the names that exists. Open is the real one.
type Loader func(names ...string) (Library, error)

// Bind fills every field of the struct that table points to, each a function
// variable with a tag `symbol:"name"`, from the library. It changes nothing
// unless all are there; the error wraps ErrSymbol and names the first missing
// one. A tag `optional:"true"` leaves a missing function nil.
func Bind(lib Library, table any) error {
	value := reflect.ValueOf(table).Elem()
	addresses := make([]uintptr, value.NumField())
	for i := range addresses {
		field := value.Type().Field(i)
		name := field.Tag.Get("symbol")
		address, err := lib.Symbol(name)
		switch {
		case err == nil && address != 0:
			addresses[i] = address
		case field.Tag.Get("optional") != "true":
			return fmt.Errorf("%w: %s has no %s", ErrSymbol, lib.Name(), name)
		}
	}
	for i, address := range addresses {
		if address != 0 {
			register(value.Field(i).Addr().Interface(), address)
		}
	}
	return nil
}
