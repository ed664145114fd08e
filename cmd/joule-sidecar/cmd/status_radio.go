package cmd

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"time"

	radioworker "github.com/joulechain/joule/sidecar/radio/worker"
)

// printedVerdicts is how many receipts' verdicts status prints.
const printedVerdicts = 8

// printRadio shows a radio's coverage without a map: who heard it, whom it heard, how strongly, and what the chain made
// of it.
func printRadio(w io.Writer, r radioworker.Report) error {
	forwarder := "its forwarder has never called"
	if f := r.Forwarder; f != nil {
		forwarder = fmt.Sprintf("forwarder at %s, polled %s, %d packets", f.Route, f.LastPull.UTC().Format(time.TimeOnly), f.Packets)
	}
	standing := "may be paid"
	if r.Standing != "" {
		standing = r.Standing
	}
	rows := [][]string{
		{"\nRadio " + r.Device, fmt.Sprintf("number %d, %s, %s, density pays %.0f %%", r.Number, r.Region, standing, 100*r.Scale)},
		{"Gateway", r.Gateway + ", " + forwarder},
	}
	if n := len(r.Beacons); n > 0 {
		b := r.Beacons[n-1]
		text := fmt.Sprintf("epoch %d at %s UTC", b.Epoch, b.Asked.UTC().Format(time.TimeOnly))
		switch {
		case b.Error != "":
			text += ": " + b.Error
		case b.Sent:
			text += fmt.Sprintf(" on %.4f MHz with %d dBm", float64(b.FrequencyHz)/1e6, b.EIRP)
		}
		rows = append(rows, []string{"Beacon", text})
	}
	if r.ChainEnds > 0 {
		rows = append(rows, []string{"Hash chain", "ends with epoch " + strconv.FormatUint(r.ChainEnds, 10)})
	}
	if err := table(w, rows); err != nil {
		return err
	}
	for _, list := range []struct {
		title string
		of    []radioworker.Neighbour
	}{{"\nHEARD ME", r.HeardMe}, {"\nI HEARD", r.HeardBy}} {
		if len(list.of) == 0 {
			continue
		}
		rows := [][]string{{list.title, "BEACONS", "PAID", "RSSI", "DISTANCE", "NOT PAID BECAUSE"}}
		for _, n := range list.of {
			rows = append(rows, []string{
				"radio " + strconv.FormatUint(uint64(n.Number), 10), strconv.Itoa(n.Beacons), strconv.Itoa(n.Paid),
				fmt.Sprintf("%d to %d dBm", n.WorstRSSI, n.BestRSSI), fmt.Sprintf("%.1f km", float64(n.Metres)/1000), reasons(n.Reasons),
			})
		}
		if err := table(w, rows); err != nil {
			return err
		}
	}
	if len(r.Verdicts) == 0 {
		return nil
	}
	rows = [][]string{{"\nRECEIPT OF", "EPOCH", "VERDICT"}}
	for _, v := range r.Verdicts[max(0, len(r.Verdicts)-printedVerdicts):] {
		rows = append(rows, []string{"radio " + strconv.FormatUint(uint64(v.Beaconer), 10), strconv.FormatUint(v.Epoch, 10), v.Reason})
	}
	return table(w, rows)
}

// reasons lists what kept receipts from being paid, the most frequent first.
func reasons(counts map[string]int) string {
	var texts []string
	for text := range counts {
		texts = append(texts, text)
	}
	slices.SortFunc(texts, func(a, b string) int {
		if d := counts[b] - counts[a]; d != 0 {
			return d
		}
		if a < b {
			return -1
		}
		return 1
	})
	out := ""
	for i, text := range texts {
		if i > 0 {
			out += "; "
		}
		out += fmt.Sprintf("%d× %s", counts[text], text)
	}
	return out
}
