// Package quiet logs what strangers can cause without letting them fill the log: one line per kind of event and
// interval, with the number of those left out.
package quiet

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/joulechain/joule/sidecar/clock"
)

// Interval is how long one kind of event stays silent after a line.
const Interval = 10 * time.Second

// maxKinds bounds the memory: kinds are constants of the program, never what a datagram says.
const maxKinds = 128

// Logger is safe for concurrent use.
type Logger struct {
	log   *slog.Logger
	clock clock.Clock

	mu    sync.Mutex
	kinds map[string]*silence
}

type silence struct {
	until   time.Time
	skipped uint64
}

// New wraps a logger; nil for either argument means none and the machine's clock.
func New(log *slog.Logger, c clock.Clock) *Logger {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	if c == nil {
		c = clock.Real{}
	}
	return &Logger{log: log, clock: c, kinds: map[string]*silence{}}
}

// Info logs a line of that kind unless one was logged within Interval.
func (l *Logger) Info(kind, message string, args ...any) { l.line(slog.LevelInfo, kind, message, args) }

// Warn is Info at level warning.
func (l *Logger) Warn(kind, message string, args ...any) { l.line(slog.LevelWarn, kind, message, args) }

func (l *Logger) line(level slog.Level, kind, message string, args []any) {
	skipped, ok := l.admit(kind)
	if !ok {
		return
	}
	args = append([]any{"event", kind}, args...)
	if skipped > 0 {
		args = append(args, "left_out", skipped)
	}
	l.log.Log(context.Background(), level, message, args...)
}

// admit says whether a line may be written, and how many were not since the last.
func (l *Logger) admit(kind string) (uint64, bool) {
	now := l.clock.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	s, ok := l.kinds[kind]
	if !ok {
		if len(l.kinds) >= maxKinds {
			return 0, false
		}
		s = &silence{}
		l.kinds[kind] = s
	}
	if now.Before(s.until) {
		s.skipped++
		return 0, false
	}
	skipped := s.skipped
	s.until, s.skipped = now.Add(Interval), 0
	return skipped, true
}
