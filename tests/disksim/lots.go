// Package disksim simulates what disk devices earn, with the chains of real plots: it makes small plots, asks them as
// many challenges as a chain has epochs, and pays strategies by the rules of x/work/proof/disk. Only the strategies are
// made up.
package disksim

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math"

	"github.com/joulechain/joule/sidecar/disk"
	proof "github.com/joulechain/joule/x/work/proof/disk"
)

// Lot is one chain that a plot found in an epoch.
type Lot struct {
	Plot uint32
	// Quality is the chain's lot as a fraction of the range, 0…1.
	Quality float64
	// Sets are the four set numbers that the epoch selected, as fractions of all sets.
	Sets [proof.Sets]float64
}

// Epochs are the chains that all plots have in each epoch.
type Epochs [][]Lot

// Farm says what is plotted.
type Farm struct {
	Folder  string
	Owner   disk.Owner
	Params  proof.Params
	Plots   uint64
	Threads int
}

// Plant makes the plots, or finds them, and opens them.
func Plant(ctx context.Context, f Farm) (*disk.Store, error) {
	_, err := disk.CreatePlots(ctx, disk.CreateOptions{
		Owner: f.Owner, Params: f.Params, Folder: f.Folder, Folders: []string{f.Folder}, Plots: f.Plots, Threads: f.Threads,
	})
	if err != nil {
		return nil, err
	}
	return disk.Open(ctx, disk.OpenOptions{Owner: f.Owner, Folders: []string{f.Folder}, Threads: f.Threads})
}

// Ask gives the plots one challenge an epoch and returns every chain, whatever its quality.
func Ask(ctx context.Context, s *disk.Store, f Farm, epochs int) (Epochs, error) {
	selector := proof.DeriveSelector(f.Owner.ChainID, f.Owner.DeviceID)
	all := make(Epochs, epochs)
	for e := range all {
		challenge := Challenge(f.Owner.ChainID, e)
		found, err := s.Scan(ctx, disk.Request{
			Challenge: challenge, Params: f.Params, Selector: &selector,
			// λ = Q lets every chain win.
			Plots: f.Plots, Lambda: f.Plots, Limit: math.MaxInt32,
		})
		if err != nil {
			return nil, err
		}
		for _, c := range found.Chains {
			lot := Lot{Plot: uint32(c.Index), Quality: fraction(c.Quality)}
			for i := range lot.Sets {
				lot.Sets[i] = float64(c.Fragments[i]>>(f.Params.K+proof.SetBits)) / float64(uint64(1)<<(f.Params.K-proof.SetBits))
			}
			all[e] = append(all[e], lot)
		}
	}
	return all, nil
}

// Challenge is the challenge of a simulated epoch, from a made-up mix.
func Challenge(chainID string, epoch int) [32]byte {
	mix := sha256.Sum256(binary.LittleEndian.AppendUint64([]byte("disksim"), uint64(epoch)))
	return proof.DeriveChallenge(chainID, uint64(epoch)<<16, mix)
}

func fraction(q proof.Quality) float64 {
	return float64(binary.BigEndian.Uint64(q[:8])) / math.Exp2(64)
}
