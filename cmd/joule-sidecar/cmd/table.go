package cmd

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"cosmossdk.io/math"
)

// joule shows an amount of ujoule in JOULE, with all six places.
func joule(amount math.Int) string {
	whole, part := amount.QuoRaw(1_000_000), amount.ModRaw(1_000_000)
	return fmt.Sprintf("%s.%06d JOULE", whole, part.Int64())
}

// table aligns rows in columns.
func table(w io.Writer, rows [][]string) error {
	tw := tabwriter.NewWriter(w, 0, 4, 2, ' ', 0)
	for _, row := range rows {
		fmt.Fprintln(tw, strings.Join(row, "\t"))
	}
	return tw.Flush()
}
