package diskworker

import (
	"fmt"
	"slices"
	"strings"

	"github.com/joulechain/joule/sidecar/disk"
)

// Kind is the usable plots of one k and strength.
type Kind struct {
	K        uint8  `json:"k"`
	Strength uint8  `json:"strength"`
	Plots    uint64 `json:"plots"`
	// Next is the lowest number that no plot of this kind has: so many plots can be claimed without a gap.
	Next  uint64 `json:"contiguous"`
	Bytes uint64 `json:"bytes"`
}

// Summary counts plots and files by status.
type Summary struct {
	Ready      uint64 `json:"ready"`
	Damaged    uint64 `json:"damaged"`
	Missing    uint64 `json:"missing"`
	Foreign    uint64 `json:"foreign"`
	Duplicate  uint64 `json:"duplicate"`
	Unreadable uint64 `json:"unreadable"`
	// Bytes are those of ready and damaged plots.
	Bytes uint64 `json:"bytes"`
	// Kinds are the usable plots by k and strength, the most plots first.
	Kinds   []Kind `json:"kinds"`
	folders int
}

// Summarize counts.
func Summarize(plots []disk.Plot) Summary {
	s := Summary{Kinds: []Kind{}}
	folders := map[string]bool{}
	numbers := map[[2]uint8][]uint64{}
	for _, p := range plots {
		switch p.Status {
		case disk.Ready:
			s.Ready++
		case disk.Damaged:
			s.Damaged++
		case disk.Missing:
			s.Missing++
		case disk.Foreign:
			s.Foreign++
		case disk.Duplicate:
			s.Duplicate++
		default:
			s.Unreadable++
		}
		if !Usable(p) {
			continue
		}
		s.Bytes += p.Bytes
		folders[p.Folder] = true
		s.count(p)
		key := [2]uint8{p.Params.K, p.Params.Strength}
		numbers[key] = append(numbers[key], p.Index)
	}
	s.folders = len(folders)
	for i := range s.Kinds {
		k := &s.Kinds[i]
		list := numbers[[2]uint8{k.K, k.Strength}]
		slices.Sort(list)
		for _, n := range slices.Compact(list) {
			if n != k.Next {
				break
			}
			k.Next++
		}
	}
	slices.SortStableFunc(s.Kinds, func(a, b Kind) int { return int(b.Plots) - int(a.Plots) })
	return s
}

func (s *Summary) count(p disk.Plot) {
	i := slices.IndexFunc(s.Kinds, func(k Kind) bool { return k.K == p.Params.K && k.Strength == p.Params.Strength })
	if i < 0 {
		s.Kinds = append(s.Kinds, Kind{K: p.Params.K, Strength: p.Params.Strength})
		i = len(s.Kinds) - 1
	}
	s.Kinds[i].Plots++
	s.Kinds[i].Bytes += p.Bytes
}

// Usable tells whether a plot takes part in scans.
func Usable(p disk.Plot) bool { return p.Status == disk.Ready || p.Status == disk.Damaged }

// String is one line.
func (s Summary) String() string {
	if len(s.Kinds) == 0 {
		return "no plots"
	}
	var parts []string
	for _, k := range s.Kinds {
		parts = append(parts, fmt.Sprintf("%d plots of k=%d, strength %d", k.Plots, k.K, k.Strength))
	}
	in := "one folder"
	if s.folders > 1 {
		in = fmt.Sprintf("%d folders", s.folders)
	}
	return fmt.Sprintf("%s (%s) in %s", strings.Join(parts, ", "), Size(s.Bytes), in)
}

// Size writes bytes with a binary unit.
func Size(n uint64) string {
	const units = "KMGTPE"
	if n < 1<<10 {
		return fmt.Sprintf("%d B", n)
	}
	f, i := float64(n)/1024, 0
	for f >= 1024 && i < len(units)-1 {
		f, i = f/1024, i+1
	}
	return fmt.Sprintf("%.4g %ciB", f, units[i])
}
