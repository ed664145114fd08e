package minapp

import (
	"bytes"
	"sync"
)

// LogBuffer keeps what was logged; it is safe for concurrent use.
type LogBuffer struct {
	mtx sync.Mutex
	buf bytes.Buffer
}

// Write appends to the log.
func (l *LogBuffer) Write(p []byte) (int, error) {
	l.mtx.Lock()
	defer l.mtx.Unlock()
	return l.buf.Write(p)
}

// Take returns the log and empties it.
func (l *LogBuffer) Take() string {
	l.mtx.Lock()
	defer l.mtx.Unlock()
	defer l.buf.Reset()
	return l.buf.String()
}
