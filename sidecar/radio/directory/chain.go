package directory

import (
	"bytes"
	"context"
	"fmt"

	devicetypes "github.com/joulechain/joule/x/device/types"
	proof "github.com/joulechain/joule/x/work/proof/radio"
	worktypes "github.com/joulechain/joule/x/work/types"
)

// Chain is what FromChain asks; *chain.Client is the real one.
type Chain interface {
	// RadioByNumber returns the radio with a number; false if there is none.
	RadioByNumber(ctx context.Context, number uint32) (worktypes.QueryRadioResponse, bool, error)
	Device(ctx context.Context, id []byte) (devicetypes.Device, error)
}

// FromChain looks numbers up on chain. A node's answer whose id does not derive from its key is ErrAnswer.
func FromChain(c Chain) Lookup {
	return func(ctx context.Context, number uint32) (proof.Signer, bool, error) {
		r, ok, err := c.RadioByNumber(ctx, number)
		if err != nil || !ok {
			return proof.Signer{}, false, err
		}
		id := r.Radio.Radio.DeviceId
		if r.Radio.Radio.Number != number || len(id) != proof.DeviceIDSize {
			return proof.Signer{}, false, fmt.Errorf("%w: asked for radio %d, told of radio %d with a device id of %d bytes", ErrAnswer, number, r.Radio.Radio.Number, len(id))
		}
		device, err := c.Device(ctx, id)
		if err != nil {
			return proof.Signer{}, false, err
		}
		if !bytes.Equal(devicetypes.DeviceID(device.PublicKey), id) {
			return proof.Signer{}, false, fmt.Errorf("%w: the key of radio %d does not belong to device %s", ErrAnswer, number, devicetypes.FormatDeviceID(id))
		}
		// Both number the key types alike.
		return proof.Signer{Device: proof.DeviceID(id), Key: proof.PublicKey{Type: proof.KeyType(device.PublicKey.Type), Bytes: device.PublicKey.Key}}, true, nil
	}
}
