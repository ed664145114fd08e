package gpuworker

import (
	"time"

	"github.com/joulechain/joule/sidecar/gpu/telemetry"
)

// Every sets how often the card is looked at between windows.
func (w *Worker) Every(d time.Duration) { w.every = d }

// Card sets the card's telemetry.
func (w *Worker) Card(read func() (telemetry.Card, bool)) { w.card = read }

// ExamineWith is Examine with a source of the test's.
var ExamineWith = examine
