package cmd

import (
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"golang.org/x/term"
)

const barWidth = 30

// bar is a progress bar with an estimate of what is left, from the speed so far. It draws on a terminal only.
type bar struct {
	w     io.Writer
	on    bool
	label string
	start time.Time
	drawn time.Time
	now   func() time.Time
}

func newBar(w io.Writer, label string) *bar {
	f, ok := w.(*os.File)
	return &bar{w: w, on: ok && term.IsTerminal(int(f.Fd())), label: label, start: time.Now(), now: time.Now}
}

// update draws the bar at done of total, at most ten times a second.
func (b *bar) update(done, total float64, note string) {
	now := b.now()
	if !b.on || (now.Sub(b.drawn) < 100*time.Millisecond && done < total) {
		return
	}
	b.drawn = now
	fmt.Fprintf(b.w, "\r\x1b[K%s", b.line(done, total, note))
}

func (b *bar) line(done, total float64, note string) string {
	part := 1.0
	if total > 0 {
		part = min(1, max(0, done/total))
	}
	var left time.Duration
	if spent := b.now().Sub(b.start); part > 0.01 {
		left = max(time.Nanosecond, time.Duration(float64(spent)*(1-part)/part))
	}
	return b.text(part, leftText(left), note)
}

// known draws a part that somebody else has estimated the rest of; 0 left means that it is not known yet.
func (b *bar) known(part float64, left time.Duration, note string) {
	now := b.now()
	if !b.on || (now.Sub(b.drawn) < 100*time.Millisecond && part < 1) {
		return
	}
	b.drawn = now
	fmt.Fprintf(b.w, "\r\x1b[K%s", b.text(part, leftText(left), note))
}

func (b *bar) text(part float64, left, note string) string {
	full := int(min(1, max(0, part)) * barWidth)
	return fmt.Sprintf("%s [%s%s] %3.0f%% %s %s", b.label, strings.Repeat("=", full), strings.Repeat(" ", barWidth-full), 100*part, left, note)
}

// leftText is an estimate in words; 0 means that there is none yet.
func leftText(left time.Duration) string {
	if left <= 0 {
		return "estimating"
	}
	return left.Round(time.Second).String() + " left"
}

// end clears the line.
func (b *bar) end() {
	if b.on {
		fmt.Fprint(b.w, "\r\x1b[K")
	}
}
