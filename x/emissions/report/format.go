package report

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"strconv"
	"strings"

	devicetypes "github.com/joulechain/joule/x/device/types"
)

// Name is a class's short name: gpu, disk, radio.
func Name(class devicetypes.WorkClass) string {
	return strings.ToLower(strings.TrimPrefix(class.String(), "WORK_CLASS_"))
}

// WriteJSON writes the reports as one indented array.
func WriteJSON(w io.Writer, reports []Report) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	return e.Encode(reports)
}

// csvHeader names WriteCSV's columns.
var csvHeader = []string{"epoch", "class", "device_id", "receipts", "units", "class_units", "pool_ujoule", "payment_ujoule"}

// WriteCSV writes one line a device, under a header. Mismatches are not part of it: the command prints them to stderr.
func WriteCSV(w io.Writer, reports []Report) error {
	c := csv.NewWriter(w)
	if err := c.Write(csvHeader); err != nil {
		return err
	}
	for _, r := range reports {
		for _, class := range r.Classes {
			for _, d := range class.Devices {
				if err := c.Write([]string{
					strconv.FormatUint(r.Epoch, 10), class.Class, d.DeviceID, strconv.Itoa(d.Receipts), d.Units, class.Units, class.Pool, d.Payment,
				}); err != nil {
					return err
				}
			}
		}
	}
	c.Flush()
	return c.Error()
}
