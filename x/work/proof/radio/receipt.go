package radio

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

const (
	// SignatureSize is the size of every signature in bytes: ed25519's R ‖ S, or ECDSA's r ‖ s, each 32 bytes
	// big-endian.
	SignatureSize = 64
	// ReceiptSize is the size of a receipt in bytes: number 4, readings 8, signature 64.
	ReceiptSize = 4 + readingsSize + SignatureSize

	readingsSize = 8

	domainReceipt    = "joule/radio/v1/receipt"
	domainCommitment = "joule/radio/v1/receipt-commitment"
	domainSignature  = "joule/radio/v1/beacon-signature"
)

// Readings are what a witness says about one beacon that it heard. Every value of every field has one encoding.
type Readings struct {
	Attenuation uint8  // −RSSI in dBm, 0..255: a signal above 0 dBm cannot be written. Round the RSSI down
	SNR         int8   // quarters of a dB, −32..31.75 dB. Round down
	Channel     uint8  // index in the plan's channels
	Offset      int8   // heard frequency less the channel's, kHz
	Millis      uint32 // time of reception, milliseconds after the header time of the epoch's first block
}

// Receipt is one witness's signed statement. Number is what the chain gave the radio at registration: it stands for the
// device id on the wire to save 16 bytes a receipt, while the signature covers the id itself.
type Receipt struct {
	Number    uint32
	Readings  Readings
	Signature [SignatureSize]byte
}

func (r Readings) append(buf []byte) []byte {
	buf = append(buf, r.Attenuation, byte(r.SNR), r.Channel, byte(r.Offset))
	return binary.BigEndian.AppendUint32(buf, r.Millis)
}

// Marshal returns the receipt's only encoding, ReceiptSize bytes.
func (r Receipt) Marshal() []byte { return r.append(make([]byte, 0, ReceiptSize)) }

func (r Receipt) append(buf []byte) []byte {
	buf = binary.BigEndian.AppendUint32(buf, r.Number)
	buf = r.Readings.append(buf)
	return append(buf, r.Signature[:]...)
}

// UnmarshalReceipt reads a receipt; another length than ReceiptSize is ErrReceipt.
func UnmarshalReceipt(data []byte) (Receipt, error) {
	if len(data) != ReceiptSize {
		return Receipt{}, fmt.Errorf("%w: %d bytes, want %d", ErrReceipt, len(data), ReceiptSize)
	}
	readings, err := UnmarshalReadings(data[4:12])
	if err != nil {
		return Receipt{}, err
	}
	return Receipt{Number: binary.BigEndian.Uint32(data), Readings: readings, Signature: [SignatureSize]byte(data[12:])}, nil
}

// ReceiptSignBytes is what a witness signs (SPEC.md 7). The beaconer is not named: who only heard the payload does not
// know it yet.
func ReceiptSignBytes(chainID string, epoch uint64, payloadHash [HashSize]byte, witness DeviceID, r Readings) []byte {
	buf := make([]byte, 0, 6*4+len(domainReceipt)+len(chainID)+8+HashSize+DeviceIDSize+readingsSize)
	buf = appendField(buf, []byte(domainReceipt))
	buf = appendField(buf, []byte(chainID))
	buf = appendField(buf, binary.BigEndian.AppendUint64(nil, epoch))
	buf = appendField(buf, payloadHash[:])
	buf = appendField(buf, witness[:])
	return appendField(buf, r.append(nil))
}

// BeaconSignBytes is what a beaconer signs over its beacon (SPEC.md 7). Receipts are not part of it: a relayer may
// bring those that the beaconer would leave out.
func BeaconSignBytes(chainID string, epoch uint64, device DeviceID, payloadHash [HashSize]byte) []byte {
	buf := make([]byte, 0, 5*4+len(domainSignature)+len(chainID)+8+DeviceIDSize+HashSize)
	buf = appendField(buf, []byte(domainSignature))
	buf = appendField(buf, []byte(chainID))
	buf = appendField(buf, binary.BigEndian.AppendUint64(nil, epoch))
	buf = appendField(buf, device[:])
	return appendField(buf, payloadHash[:])
}

// ReceiptCommitment is the hash that a witness may put on chain before the reveal. It tells nothing: the signature
// inside is unknown to others.
func ReceiptCommitment(chainID string, epoch uint64, witness DeviceID, r Receipt) [HashSize]byte {
	buf := make([]byte, 0, 5*4+len(domainCommitment)+len(chainID)+8+DeviceIDSize+ReceiptSize)
	buf = appendField(buf, []byte(domainCommitment))
	buf = appendField(buf, []byte(chainID))
	buf = appendField(buf, binary.BigEndian.AppendUint64(nil, epoch))
	buf = appendField(buf, witness[:])
	return sha256.Sum256(appendField(buf, r.Marshal()))
}

// Marshal returns the readings' only encoding, 8 bytes.
func (r Readings) Marshal() []byte { return r.append(make([]byte, 0, readingsSize)) }

// UnmarshalReadings reads them; another length is ErrReceipt.
func UnmarshalReadings(data []byte) (Readings, error) {
	if len(data) != readingsSize {
		return Readings{}, fmt.Errorf("%w: readings of %d bytes, want %d", ErrReceipt, len(data), readingsSize)
	}
	return Readings{
		Attenuation: data[0], SNR: int8(data[1]), Channel: data[2], Offset: int8(data[3]), Millis: binary.BigEndian.Uint32(data[4:]),
	}, nil
}
