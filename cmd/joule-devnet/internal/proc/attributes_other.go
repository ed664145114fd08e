//go:build !linux

package proc

import "syscall"

// attributes puts a child into a group of its own, so that the terminal's Ctrl-C reaches the devnet alone.
func attributes() *syscall.SysProcAttr { return &syscall.SysProcAttr{Setpgid: true} }
