package gpu

import "strings"

// peaks are vendors' dense INT8 figures in TOPS (10^12 operations a second, a
// multiply-add counted as two), by a part of the driver's name of a card. They are for
// comparison only.
var peaks = []struct {
	name string
	tops float64
}{
	{"Tesla T4", 130},
	{"NVIDIA A10", 250},
	{"NVIDIA A100", 624},
	{"NVIDIA H100 PCIe", 1513},
	{"NVIDIA H100 80GB HBM3", 1979},
	{"NVIDIA H200", 1979},
	{"NVIDIA B200", 4500},
	{"NVIDIA L4", 242},
	{"NVIDIA L40S", 733},
	{"GeForce RTX 3090", 284},
	{"GeForce RTX 4090", 661},
	{"GeForce RTX 5090", 838},
}

// PublishedPeak returns the vendor's dense INT8 figure of the card that a
// backend's description names, in TOPS; 0 where it is not in the table. Variants of a
// card (Ti, Laptop, MIG instances, …) are other cards.
func PublishedPeak(description string) float64 {
	for _, p := range peaks {
		_, after, found := strings.Cut(description, p.name)
		after, _, _ = strings.Cut(after, ",") // the rest of the card's name
		switch {
		case !found || strings.Contains(after, "MIG"):
		case after == "", strings.HasPrefix(after, "-"), strings.HasPrefix(after, " ") && strings.HasSuffix(after, "GB"):
			return p.tops
		}
	}
	return 0
}
