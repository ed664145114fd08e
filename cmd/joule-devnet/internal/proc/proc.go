// Package proc runs the devnet's processes so that none outlives it: each is the head of its own process group and, on
// Linux, is killed by the kernel when its parent dies.
package proc

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"
)

// tailBytes is how much of a log is quoted in an error.
const tailBytes = 2_000

// ErrStopped is returned for a process that is to start after StopAll.
var ErrStopped = errors.New("the devnet is stopping")

// Group starts processes and ends all of them.
type Group struct {
	starts chan func()
	mu     sync.Mutex
	live   []*Process
	closed bool
}

// NewGroup returns an empty group. The kernel ties a child to the thread that forked it, so one thread that never ends
// forks them all.
func NewGroup() *Group {
	g := &Group{starts: make(chan func())}
	go func() {
		runtime.LockOSThread()
		for start := range g.starts {
			start()
		}
	}()
	return g
}

// Process is a child with its log.
type Process struct {
	Name string
	// Log is the file that its output goes to.
	Log  string
	cmd  *exec.Cmd
	done chan struct{}
	err  error
	mu   sync.Mutex
	// ending tells that its end was asked for.
	ending bool
}

// Start runs a command in the background; its output is appended to the log.
func (g *Group) Start(name, log string, argv ...string) (*Process, error) {
	out, err := os.OpenFile(log, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, err
	}
	defer out.Close() // the child has its own
	p := &Process{Name: name, Log: log, cmd: exec.Command(argv[0], argv[1:]...), done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = out, out
	if err := g.start(p); err != nil {
		return nil, err
	}
	return p, nil
}

// Run runs a command to its end and returns what it wrote to standard output; an error quotes its standard error.
func (g *Group) Run(ctx context.Context, argv ...string) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	p := &Process{Name: argv[0], cmd: exec.Command(argv[0], argv[1:]...), done: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr = &stdout, &stderr
	if err := g.start(p); err != nil {
		return nil, err
	}
	select {
	case <-p.done:
	case <-ctx.Done():
		p.Kill()
		<-p.done
		return nil, ctx.Err()
	}
	if p.err != nil {
		return stdout.Bytes(), fmt.Errorf("%s: %w: %s", strings.Join(argv, " "), p.err, tail(stderr.Bytes()))
	}
	return stdout.Bytes(), nil
}

func (g *Group) start(p *Process) error {
	p.cmd.SysProcAttr = attributes()
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.closed {
		return ErrStopped
	}
	result := make(chan error)
	g.starts <- func() { result <- p.cmd.Start() }
	if err := <-result; err != nil {
		return fmt.Errorf("%s: %w", p.Name, err)
	}
	g.live = append(g.live, p)
	go func() {
		p.err = p.cmd.Wait()
		close(p.done)
		g.forget(p)
	}()
	return nil
}

func (g *Group) forget(p *Process) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i, q := range g.live {
		if q == p {
			g.live = append(g.live[:i], g.live[i+1:]...)
			return
		}
	}
}

// StopAll ends every process, the youngest first, and refuses new ones. Each has grace to end by itself.
func (g *Group) StopAll(grace time.Duration) {
	g.mu.Lock()
	g.closed = true
	live := append([]*Process(nil), g.live...)
	g.mu.Unlock()
	for i := len(live) - 1; i >= 0; i-- {
		live[i].signal(syscall.SIGTERM)
	}
	deadline := time.After(grace)
	for i := len(live) - 1; i >= 0; i-- {
		select {
		case <-live[i].done:
		case <-deadline:
			// The time is up for the others too.
			for _, p := range live {
				p.Kill()
			}
			<-live[i].done
		}
	}
	// What a child may have left behind in its group.
	for _, p := range live {
		p.Kill()
	}
}

// Done is closed when the process has ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// PID is the process's id.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Unexpected returns an error that quotes the log if the process ended without being told to.
func (p *Process) Unexpected() error {
	select {
	case <-p.done:
	default:
		return nil
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ending {
		return nil
	}
	return fmt.Errorf("%s ended by itself (%v); the end of %s:\n%s", p.Name, p.cmd.ProcessState, p.Log, tailFile(p.Log))
}

// Kill ends the process's group at once (SIGKILL).
func (p *Process) Kill() { p.signal(syscall.SIGKILL) }

func (p *Process) signal(s syscall.Signal) {
	p.mu.Lock()
	p.ending = true
	p.mu.Unlock()
	// An error means that nothing of the group is left.
	_ = syscall.Kill(-p.cmd.Process.Pid, s)
}

func tail(b []byte) string {
	b = bytes.TrimSpace(b)
	if len(b) > tailBytes {
		b = append([]byte("…"), b[len(b)-tailBytes:]...)
	}
	return string(b)
}

func tailFile(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	return tail(data)
}
