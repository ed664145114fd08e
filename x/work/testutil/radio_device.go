package testutil

import (
	"crypto/sha256"

	devicetestutil "github.com/joulechain/joule/x/device/testutil"
	devicetypes "github.com/joulechain/joule/x/device/types"
	"github.com/joulechain/joule/x/work/proof/radio"
	"github.com/joulechain/joule/x/work/types"
)

// RadioChainEnd is the last epoch of every test radio's hash chain.
const RadioChainEnd = 1_000

// RadioDevice is a radio with its key and hash chain. What it signed as a witness it keeps by epoch.
type RadioDevice struct {
	devicetestutil.Key
	ChainID string
	// Number is what the chain gave it.
	Number uint32
	// Position and Gain are its antenna's, Region its channel plan.
	Position radio.Position
	Gain     int32
	Region   radio.Region

	secret radio.Preimage
	signed map[uint64][]radio.Receipt
}

// NewRadioDevice is the n-th device of a chain, in EU868. Those of different n stand in a row to the north, each two of
// them 2 km apart.
func NewRadioDevice(chainID string, n uint64) *RadioDevice {
	return &RadioDevice{
		Key: devicetestutil.NumberedKey(n), ChainID: chainID, Region: radio.RegionEU868, Gain: 30,
		Position: radio.Position{LatitudeE7: 462_000_000 + int32(n)*180_000, LongitudeE7: 61_500_000},
		secret:   sha256.Sum256([]byte{byte(n), byte(n >> 8)}), signed: map[uint64][]radio.Receipt{},
	}
}

func (d *RadioDevice) id() radio.DeviceID { return radio.DeviceID(d.ID()) }

// Preimage is the chain's value of an epoch.
func (d *RadioDevice) Preimage(epoch uint64) radio.Preimage {
	value, err := radio.ChainValue(d.id(), RadioChainEnd, d.secret, epoch)
	if err != nil {
		panic(err)
	}
	return value
}

// Renew begins another hash chain.
func (d *RadioDevice) Renew() { d.secret = sha256.Sum256(d.secret[:]) }

// Assert is the owner's message in an epoch.
func (d *RadioDevice) Assert(owner string, epoch uint64) *types.MsgAssertRadio {
	anchor := d.Preimage(epoch + 1)
	return &types.MsgAssertRadio{
		Owner: owner, DeviceId: d.Text(), LatitudeE7: d.Position.LatitudeE7, LongitudeE7: d.Position.LongitudeE7, Gain: d.Gain,
		Region: uint32(d.Region), AnchorEpoch: epoch + 1, Anchor: anchor[:],
	}
}

// Beacon is what the radio sends in a window's epoch.
func (d *RadioDevice) Beacon(w types.Window) radio.Beacon {
	b, err := radio.DeriveBeacon(w.RadioChallenge(d.ChainID, d.id()), d.Region, w.Radio.Params.MaxBackoff, d.Preimage(w.Epoch))
	if err != nil {
		panic(err)
	}
	return b
}

// Readings are what an honest witness measures of the radio's beacon, a second after its slot opened.
func (d *RadioDevice) Readings(w types.Window) radio.Readings {
	slot := radio.SlotOf(w.RadioChallenge(d.ChainID, d.id()), w.Radio.Slots)
	return radio.Readings{Attenuation: 115, SNR: -20, Channel: d.Beacon(w).Channel, Millis: uint32(w.Radio.SlotOpenMillis(slot)) + 500}
}

// Hear signs a receipt of another radio's beacon and keeps it for the epoch's commitment.
func (d *RadioDevice) Hear(w types.Window, beaconer *RadioDevice) radio.Receipt {
	return d.Sense(w, beaconer, beaconer.Readings(w))
}

// Sense is Hear with readings of the caller's.
func (d *RadioDevice) Sense(w types.Window, beaconer *RadioDevice, r radio.Readings) radio.Receipt {
	receipt := d.Receipt(w, beaconer.Beacon(w).PayloadHash(), r)
	d.signed[w.Epoch] = append(d.signed[w.Epoch], receipt)
	return receipt
}

// Receipt signs readings of a payload.
func (d *RadioDevice) Receipt(w types.Window, payloadHash [radio.HashSize]byte, r radio.Readings) radio.Receipt {
	signature := d.Key.Sign(radio.ReceiptSignBytes(d.ChainID, w.Epoch, payloadHash, d.id(), r))
	return radio.Receipt{Number: d.Number, Readings: r, Signature: [radio.SignatureSize]byte(signature)}
}

func (d *RadioDevice) commitments(epoch uint64) (leaves [][radio.HashSize]byte) {
	for _, r := range d.signed[epoch] {
		leaves = append(leaves, radio.ReceiptCommitment(d.ChainID, epoch, d.id(), r))
	}
	return leaves
}

// Heard tells whether the radio signed anything in an epoch.
func (d *RadioDevice) Heard(epoch uint64) bool { return len(d.signed[epoch]) > 0 }

// Commit is the witness's commitment to what it signed in the window's epoch.
func (d *RadioDevice) Commit(w types.Window) types.Evidence {
	root, err := radio.CommitRoot(d.commitments(w.Epoch))
	if err != nil {
		panic(err)
	}
	return d.Statement(w.Id, types.PHASE_COMMIT, root[:])
}

// Open is the radio's beacon with receipts, which must ascend by number.
func (d *RadioDevice) Open(w types.Window, receipts ...radio.Receipt) types.Evidence {
	e := radio.Evidence{Preimage: d.Preimage(w.Epoch), Receipts: receipts}
	e.Signature = [radio.SignatureSize]byte(d.Key.Sign(radio.BeaconSignBytes(d.ChainID, w.Epoch, d.id(), d.Beacon(w).PayloadHash())))
	payload, err := e.Marshal()
	if err != nil {
		panic(err)
	}
	return d.Statement(w.Id, types.PHASE_OPEN, payload)
}

// Late is the i-th receipt that the radio signed in the epoch, of a beaconer that left it out.
func (d *RadioDevice) Late(w types.Window, beaconer uint32, i int) types.Evidence {
	path, err := radio.CommitPath(d.commitments(w.Epoch), i)
	if err != nil {
		panic(err)
	}
	payload, err := radio.Late{Beaconer: beaconer, Receipt: d.signed[w.Epoch][i], Index: uint16(i), Path: path}.Marshal()
	if err != nil {
		panic(err)
	}
	return d.Statement(w.Id, types.PHASE_PROVE, payload)
}

// Statement signs a payload for a window and phase.
func (d *RadioDevice) Statement(window uint64, phase types.Phase, payload []byte) types.Evidence {
	return d.Sign(types.Evidence{DeviceId: d.ID(), WorkClass: devicetypes.WORK_CLASS_RADIO, Window: window, Phase: phase, Payload: payload})
}

// Sign returns the evidence with this device's signature, whatever device it names.
func (d *RadioDevice) Sign(e types.Evidence) types.Evidence {
	e.Signature = d.Key.Sign(types.EvidenceSignBytes(d.ChainID, e))
	return e
}
