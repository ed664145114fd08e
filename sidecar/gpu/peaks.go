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

// denseOps is how many dense INT8 operations (a multiply-add counted as two) one multiprocessor does in a clock, by the
// card's compute capability times ten: tensor cores where there are any, else dp4a. Each is a published figure of the
// family divided by its multiprocessors and boost clock (TestDenseOpsArePublished): NVIDIA's architecture papers of
// Pascal (P40), Volta, Turing, Ampere (A100, GA102, Orin), Ada, Hopper and Blackwell (B200, RTX 5090).
var denseOps = map[int]float64{
	61: 1024, 70: 512, 75: 2048, 80: 4096, 86: 2048, 87: 4096, 89: 2048, 90: 8192, 100: 16384, 120: 2048,
}

// ComputedPeak is a card's dense INT8 peak in TOPS at a clock in Hz: multiprocessors × operations a clock × clock. It
// is 0 for a family that is not known. Cards rarely hold their highest clock under load.
func ComputedPeak(major, minor, multiprocessors int, clockHz float64) float64 {
	return denseOps[10*major+minor] * float64(multiprocessors) * clockHz / 1e12
}
