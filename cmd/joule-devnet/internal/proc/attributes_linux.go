package proc

import "syscall"

// attributes puts a child into a group of its own, so that the terminal's Ctrl-C reaches the devnet alone, which then
// ends its children in order; and has the kernel kill the child if the devnet is killed itself.
func attributes() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
