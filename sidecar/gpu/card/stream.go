package card

import (
	"context"

	"github.com/joulechain/joule/sidecar/gpu"
	"github.com/joulechain/joule/sidecar/gpu/kernels"
	proofgpu "github.com/joulechain/joule/x/work/proof/gpu"
)

var _ gpu.Streamer = (*Backend)(nil)

// Stream implements gpu.Streamer: C itself comes to the host, 64 rows of a strip
// at a time.
func (c *Backend) Stream(ctx context.Context, p proofgpu.Params, seed proofgpu.Seed, emit func(gpu.Band) error) error {
	if err := p.Validate(); err != nil {
		return err
	}
	if err := c.reserve(p); err != nil {
		return err
	}
	if err := c.start(seed); err != nil {
		return err
	}
	l := c.layout
	raw := make([]byte, l.bytesBand())
	for s := range l.squares() {
		if err := c.expand(c.strip, s*l.width, l.width, 1); err != nil {
			return err
		}
		for row := uint32(0); row < l.n; row += bandRows {
			if err := ctx.Err(); err != nil {
				return err
			}
			err := c.launch(kernels.Dump, l.width/64, memory(c.a), memory(c.strip), memory(c.band), word(l.n), word(row), word(0), word(l.width/64))
			if err != nil {
				return err
			}
			if err := c.device.Read(raw, c.band, 0); err != nil {
				return err
			}
			if err := emit(gpu.Band{Row: row, Col: s * l.width, Cols: l.width, Entries: entries(raw)}); err != nil {
				return err
			}
		}
	}
	return nil
}
