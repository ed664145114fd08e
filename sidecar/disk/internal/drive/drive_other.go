//go:build !linux

package drive

// Look cannot tell on this system.
func Look(string) Drive { return Drive{Unknown: "not available on this system"} }

// Rotating cannot tell on this system.
func Rotating(string) bool { return false }
