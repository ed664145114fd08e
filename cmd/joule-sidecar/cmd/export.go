package cmd

import (
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"sort"
	"strconv"
	"time"

	"cosmossdk.io/math"
	"github.com/spf13/cobra"

	"github.com/joulechain/joule/sidecar/chain"
	"github.com/joulechain/joule/sidecar/config"
	"github.com/joulechain/joule/sidecar/durable"
	"github.com/joulechain/joule/sidecar/process"
	"github.com/joulechain/joule/sidecar/scheduler"
	"github.com/joulechain/joule/sidecar/spool"
	devicetypes "github.com/joulechain/joule/x/device/types"
)

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }

// earning is one device's epoch.
type earning struct {
	Epoch    uint64 `json:"epoch"`
	DeviceID string `json:"device_id"`
	Class    string `json:"class"`
	Windows  int    `json:"windows"`
	// Rounds counts the work in the class's own way: a GPU's rounds, a disk's proofs.
	Rounds     uint64 `json:"rounds"`
	Units      uint64 `json:"units"`
	TotalUnits string `json:"total_units"`
	Pool       string `json:"pool_ujoule"`
	// Reward is floor(units · pool / total units); empty until the epoch is frozen.
	Reward string `json:"reward_ujoule"`
	State  string `json:"state"` // pending, frozen, or unknown if the chain has dropped the epoch's tally
	Last   string `json:"last_accepted"`
	class  devicetypes.WorkClass
}

func exportCommand() *cobra.Command {
	c := &cobra.Command{
		Use: "export", Short: "Write the earnings of each epoch as CSV", Args: cobra.NoArgs,
		Long: "One row per device and epoch, from this machine's ledger of accepted evidence and the chain's tallies:\n" +
			"reward = floor(units · pool / total units), exactly as the chain computes it. A radio is paid by others' statements too:\n" +
			"an epoch of its that was settled while the sidecar did not run is missing here.",
		RunE: runExport,
	}
	c.Flags().String("file", "-", "where to write; - is standard output")
	c.Flags().Uint64("from-epoch", 0, "first epoch")
	c.Flags().Uint64("to-epoch", 0, "last epoch; 0 means the newest")
	return c
}

func runExport(cmd *cobra.Command, _ []string) error {
	cfg, err := load(cmd)
	if err != nil {
		return err
	}
	from, err := cmd.Flags().GetUint64("from-epoch")
	if err != nil {
		return err
	}
	to, err := cmd.Flags().GetUint64("to-epoch")
	if err != nil {
		return err
	}
	if to != 0 && to < from {
		return fmt.Errorf("--to-epoch %d is before --from-epoch %d", to, from)
	}
	file, err := cmd.Flags().GetString("file")
	if err != nil {
		return err
	}
	entries, err := ledger(cmd.Context(), cfg)
	if err != nil {
		return err
	}
	rows := byEpoch(entries, from, to)
	if err := price(cmd.Context(), cfg, rows); err != nil {
		return err
	}
	if file != "-" {
		var buf bytes.Buffer
		cmd.SetOut(&buf)
		if err := show(cmd, rows, func(w io.Writer) error { return writeCSV(w, rows) }); err != nil {
			return err
		}
		return durable.WriteFile(file, buf.Bytes(), 0o644)
	}
	return show(cmd, rows, func(w io.Writer) error { return writeCSV(w, rows) })
}

// ledger asks the running sidecar, which holds the spool; without one the spool is read directly.
func ledger(ctx context.Context, cfg config.Config) ([]spool.Entry, error) {
	s, err := spool.Open(process.SpoolOptions(cfg))
	if errors.Is(err, spool.ErrLocked) {
		var answer struct {
			Entries []spool.Entry `json:"entries"`
		}
		err := ask(ctx, cfg, "/earnings", &answer)
		return answer.Entries, err
	}
	if err != nil {
		return nil, err
	}
	defer s.Close()
	return s.Ledger()
}

func byEpoch(entries []spool.Entry, from, to uint64) []*earning {
	index := map[string]*earning{}
	rows := []*earning{}
	last := map[string]int64{}
	for _, e := range entries {
		if e.Epoch < from || (to != 0 && e.Epoch > to) {
			continue
		}
		id := devicetypes.FormatDeviceID(e.Device)
		key := id + "/" + strconv.FormatUint(e.Epoch, 10)
		row := index[key]
		if row == nil {
			row = &earning{Epoch: e.Epoch, DeviceID: id, class: e.Class}
			row.Class = scheduler.ClassName(row.class)
			index[key] = row
			rows = append(rows, row)
		}
		row.Windows++
		row.Rounds += e.Rounds
		row.Units += e.Units
		last[key] = max(last[key], e.Time)
		row.Last = time.Unix(last[key], 0).UTC().Format(time.RFC3339)
	}
	sort.Slice(rows, func(i, j int) bool {
		if rows[i].Epoch != rows[j].Epoch {
			return rows[i].Epoch < rows[j].Epoch
		}
		return rows[i].DeviceID < rows[j].DeviceID
	})
	return rows
}

// price fills in what the chain pays for each epoch.
func price(ctx context.Context, cfg config.Config, rows []*earning) error {
	client, err := process.NewClient(cfg, nil)
	if err != nil {
		return err
	}
	defer client.Close()
	for _, row := range rows {
		if err := priceOne(ctx, client, row); err != nil {
			return fmt.Errorf("epoch %d: %w", row.Epoch, err)
		}
	}
	return nil
}

func priceOne(ctx context.Context, client *chain.Client, row *earning) error {
	t, ok, err := client.Tally(ctx, row.class, row.Epoch)
	if err != nil {
		return err
	}
	if !ok {
		row.State = "unknown"
		return nil
	}
	row.State, row.TotalUnits = "pending", t.Units.String()
	if t.Frozen && t.Units.IsPositive() {
		row.State, row.Pool = "frozen", t.Pool.String()
		row.Reward = math.NewIntFromUint64(row.Units).Mul(t.Pool).Quo(t.Units).String()
	}
	return nil
}

func writeCSV(w io.Writer, rows []*earning) error {
	c := csv.NewWriter(w)
	if err := c.Write([]string{"epoch", "device_id", "windows", "rounds", "units", "total_units", "pool_ujoule", "reward_ujoule", "state", "last_accepted", "class"}); err != nil {
		return err
	}
	for _, r := range rows {
		err := c.Write([]string{
			strconv.FormatUint(r.Epoch, 10), r.DeviceID, strconv.Itoa(r.Windows), strconv.FormatUint(r.Rounds, 10), strconv.FormatUint(r.Units, 10),
			r.TotalUnits, r.Pool, r.Reward, r.State, r.Last, r.Class,
		})
		if err != nil {
			return err
		}
	}
	c.Flush()
	return c.Error()
}
