package disk

import (
	"encoding/hex"
	"fmt"
	"strings"

	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// Names in a plot folder. Everything of ours begins with one of the prefixes, and nothing else is ever touched.
const (
	plotPrefix   = "joule-"
	plotSuffix   = ".plot"
	makingSuffix = ".making" // a plot file that is not complete
	hiddenPrefix = ".joule-plot"
	journalName  = ".joule-plots.journal"
	lockName     = ".joule-plots.lock"
)

// plotName is the name of the file that holds so many plots from a number on. The piece of the first plot's id keeps
// devices apart.
func plotName(params proof.Params, first uint64, plots int, id proof.PlotID) string {
	numbers := fmt.Sprintf("%06d", first)
	if plots > 1 {
		numbers += fmt.Sprintf("-%06d", first+uint64(plots)-1)
	}
	return fmt.Sprintf("%sk%d-s%d-%s-%s%s", plotPrefix, params.K, params.Strength, numbers, hex.EncodeToString(id[:4]), plotSuffix)
}

// isPlotName says whether a file is looked at as a plot.
func isPlotName(name string) bool {
	return strings.HasPrefix(name, plotPrefix) && strings.HasSuffix(name, plotSuffix)
}

// isLeftover says whether a file is something that only an interrupted call leaves behind.
func isLeftover(name string) bool {
	return strings.HasPrefix(name, plotPrefix) && strings.HasSuffix(name, plotSuffix+makingSuffix) ||
		strings.HasPrefix(name, hiddenPrefix) && strings.HasSuffix(name, ".spill") ||
		name == journalName+makingSuffix
}

// numbersInName are the plots that a name speaks of, for files whose header cannot be read: their numbers are not given
// again.
func numbersInName(name string, params proof.Params) (first, plots uint64) {
	rest, ok := strings.CutPrefix(name, fmt.Sprintf("%sk%d-s%d-", plotPrefix, params.K, params.Strength))
	if !ok {
		return 0, 0
	}
	var last uint64
	if n, _ := fmt.Sscanf(rest, "%d-%d-", &first, &last); n == 2 && last >= first && last-first < MaxGroup {
		return first, last - first + 1
	}
	if n, _ := fmt.Sscanf(rest, "%d-", &first); n == 1 {
		return first, 1
	}
	return 0, 0
}
