// Package table draws a devnet: a table that is redrawn on a terminal, plain lines elsewhere.
package table

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"cosmossdk.io/math"
)

// View is what is drawn.
type View struct {
	ChainID string
	Height  int64
	// Epoch is the current one; Block of Blocks is how far it has come.
	Epoch, Block, Blocks uint64
	// Mix is the newest randomness in hex.
	Mix string
	// Window says in words which windows live.
	Window string
	// Settled says in words how many epochs are settled and how many are wanted.
	Settled string
	// Invariants says in words whether the accounting holds.
	Invariants string
	Validators []Validator
	Devices    []Device
}

// Validator is a node's line.
type Validator struct {
	Name   string
	Height int64
	Peers  int
	State  string
}

// Device is a device's line; amounts are in ujoule.
type Device struct {
	Name, ID string
	// Doing says in words what its sidecar does.
	Doing            string
	Units            math.Int
	Accrued, Claimed math.Int
}

// Render draws the table, without control characters; every line ends in a line feed.
func Render(v View) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s   height %d   epoch %d (block %d of %d)   mix %s\n", v.ChainID, v.Height, v.Epoch, v.Block, v.Blocks, short(v.Mix, 16))
	fmt.Fprintf(&b, "windows: %s\n%s   %s\n\n", v.Window, v.Settled, v.Invariants)
	w := tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "VALIDATOR\tHEIGHT\tPEERS\tSTATE")
	for _, n := range v.Validators {
		fmt.Fprintf(w, "%s\t%d\t%d\t%s\n", n.Name, n.Height, n.Peers, n.State)
	}
	_ = w.Flush() // a strings.Builder never fails
	b.WriteByte('\n')
	w = tabwriter.NewWriter(&b, 0, 0, 3, ' ', 0)
	fmt.Fprintln(w, "DEVICE\tID\tUNITS\tACCRUED\tCLAIMED\tDOING")
	for _, d := range v.Devices {
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\n", d.Name, short(d.ID, 20), d.Units, Joule(d.Accrued), Joule(d.Claimed), d.Doing)
	}
	_ = w.Flush()
	return b.String()
}

// Line is the view in one line.
func Line(v View) string {
	peers, up := 0, 0
	for _, n := range v.Validators {
		if n.Height > 0 {
			up++
		}
		peers += n.Peers
	}
	units, accrued, claimed := math.ZeroInt(), math.ZeroInt(), math.ZeroInt()
	for _, d := range v.Devices {
		units, accrued, claimed = units.Add(d.Units), accrued.Add(d.Accrued), claimed.Add(d.Claimed)
	}
	return fmt.Sprintf("height %d  epoch %d (%d/%d)  mix %s  windows: %s  %d devices: units %s, accrued %s, claimed %s  %d/%d validators, %d peers  %s  %s",
		v.Height, v.Epoch, v.Block, v.Blocks, short(v.Mix, 8), v.Window, len(v.Devices), units, Joule(accrued), Joule(claimed),
		up, len(v.Validators), peers, v.Settled, v.Invariants)
}

// Joule shows ujoule in JOULE with six decimals.
func Joule(ujoule math.Int) string {
	if ujoule.IsNil() {
		return "-"
	}
	const scale = 1_000_000
	whole, rest := ujoule.QuoRaw(scale), ujoule.ModRaw(scale)
	return fmt.Sprintf("%s.%06d JOULE", whole, rest.Int64())
}

func short(s string, n int) string {
	if len(s) <= n {
		return s
	}
	return s[:n] + "…"
}
