package table

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
)

// Control sequences: to the upper left corner, delete to the end of the line, delete to the end of the screen.
const (
	cursorHome = "\x1b[H"
	clearLine  = "\x1b[K"
	clearBelow = "\x1b[J"
	clearAll   = "\x1b[2J"
)

// lineEvery is how many blocks lie between plain lines.
const lineEvery = 5

// keptLines is how many messages stay below the table.
const keptLines = 5

// Screen shows views and messages; safe for concurrent use.
type Screen struct {
	mu       sync.Mutex
	out      io.Writer
	redraw   bool
	drawn    bool
	last     int64 // height of the last plain line
	pinned   []string
	messages []string
}

// NewScreen writes to out: a table that is redrawn if it is a terminal, else plain lines.
func NewScreen(out *os.File) *Screen {
	st, err := out.Stat()
	terminal := err == nil && st.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb" && os.Getenv("TERM") != ""
	return newScreen(out, terminal)
}

func newScreen(out io.Writer, redraw bool) *Screen { return &Screen{out: out, redraw: redraw} }

// Say shows a message.
func (s *Screen) Say(message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.messages = append(s.messages, message)
	if len(s.messages) > keptLines {
		s.messages = s.messages[1:]
	}
	if !s.redraw || !s.drawn {
		fmt.Fprintln(s.out, message)
	}
}

// Pin shows a message that stays below the table.
func (s *Screen) Pin(message string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.pinned = append(s.pinned, message)
	if !s.redraw {
		fmt.Fprintln(s.out, message)
	}
}

// Show shows a view.
func (s *Screen) Show(v View) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.redraw {
		if v.Height >= s.last+lineEvery {
			s.last = v.Height
			fmt.Fprintln(s.out, Line(v))
		}
		return
	}
	text := Render(v) + "\n" + strings.Join(slices.Concat(s.pinned, s.messages), "\n") + "\n"
	frame := cursorHome + strings.ReplaceAll(text, "\n", clearLine+"\n") + clearBelow
	if !s.drawn {
		frame = clearAll + frame
	}
	s.drawn = true
	_, _ = io.WriteString(s.out, frame) // a terminal that is gone ends the program by other means
}
