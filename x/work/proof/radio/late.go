package radio

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
)

const (
	// MaxCommitDepth bounds the depth of a witness's tree: 4,096 receipts an epoch.
	MaxCommitDepth = 12
	// MaxCommitted is the largest number of receipts that a witness may commit to in one epoch.
	MaxCommitted = 1 << MaxCommitDepth
	// LateVersion1 is the first byte of a late receipt as SPEC.md 8 describes it.
	LateVersion1 = 1
	// MaxLateSize is the largest late receipt in bytes.
	MaxLateSize = lateHeader + MaxCommitDepth*HashSize

	lateHeader = 1 + 4 + ReceiptSize + 2 + 1

	domainLeaf = "joule/radio/v1/leaf"
	domainNode = "joule/radio/v1/node"
)

// leafHash and nodeHash have domains of their own, so that no node passes for a receipt.
func leafHash(commitment [HashSize]byte) [HashSize]byte {
	return sha256.Sum256(append([]byte(domainLeaf), commitment[:]...))
}

func nodeHash(left, right [HashSize]byte) [HashSize]byte {
	return sha256.Sum256(append(append([]byte(domainNode), left[:]...), right[:]...))
}

// levels are the tree's levels from the leaves up: as many leaves as the next power of two, the missing ones zero. None
// or over MaxCommitted commitments are ErrEvidence.
func levels(commitments [][HashSize]byte) ([][][HashSize]byte, error) {
	if len(commitments) < 1 || len(commitments) > MaxCommitted {
		return nil, fmt.Errorf("%w: a commitment to %d receipts, must be to 1..%d", ErrEvidence, len(commitments), MaxCommitted)
	}
	size := 1
	for size < len(commitments) {
		size *= 2
	}
	level := make([][HashSize]byte, size)
	for i, c := range commitments {
		level[i] = leafHash(c)
	}
	tree := [][][HashSize]byte{level}
	for len(level) > 1 {
		up := make([][HashSize]byte, len(level)/2)
		for i := range up {
			up[i] = nodeHash(level[2*i], level[2*i+1])
		}
		level, tree = up, append(tree, up)
	}
	return tree, nil
}

// CommitRoot is what a witness commits to before the reveal: the root over the commitments (ReceiptCommitment) of the
// receipts that it signed in an epoch, in any order. None or over MaxCommitted are ErrEvidence.
func CommitRoot(commitments [][HashSize]byte) ([HashSize]byte, error) {
	tree, err := levels(commitments)
	if err != nil {
		return [HashSize]byte{}, err
	}
	return tree[len(tree)-1][0], nil
}

// CommitPath is the way from a commitment up to the root: its siblings, lowest first. An index beyond the commitments
// is ErrEvidence.
func CommitPath(commitments [][HashSize]byte, index int) ([][HashSize]byte, error) {
	tree, err := levels(commitments)
	if err != nil {
		return nil, err
	}
	if index < 0 || index >= len(commitments) {
		return nil, fmt.Errorf("%w: receipt %d of %d", ErrEvidence, index, len(commitments))
	}
	path := make([][HashSize]byte, 0, len(tree)-1)
	for _, level := range tree[:len(tree)-1] {
		path = append(path, level[index^1])
		index /= 2
	}
	return path, nil
}

// Late is a receipt that a beaconer left out, with the proof that it was committed to before the reveal.
type Late struct {
	Beaconer uint32 // the beaconer's number
	Receipt  Receipt
	Index    uint16 // of the receipt's commitment in the witness's tree
	Path     [][HashSize]byte
}

// Marshal returns the only encoding; an index beyond the path's leaves or too long a path is ErrEvidence.
func (l Late) Marshal() ([]byte, error) {
	if err := l.validate(); err != nil {
		return nil, err
	}
	buf := make([]byte, 0, lateHeader+len(l.Path)*HashSize)
	buf = append(buf, LateVersion1)
	buf = binary.BigEndian.AppendUint32(buf, l.Beaconer)
	buf = l.Receipt.append(buf)
	buf = binary.BigEndian.AppendUint16(buf, l.Index)
	buf = append(buf, byte(len(l.Path)))
	for _, hash := range l.Path {
		buf = append(buf, hash[:]...)
	}
	return buf, nil
}

func (l Late) validate() error {
	if len(l.Path) > MaxCommitDepth {
		return fmt.Errorf("%w: path of %d hashes, at most %d", ErrEvidence, len(l.Path), MaxCommitDepth)
	}
	if int(l.Index) >= 1<<len(l.Path) {
		return fmt.Errorf("%w: index %d in a tree of %d leaves", ErrEvidence, l.Index, 1<<len(l.Path))
	}
	return nil
}

// UnmarshalLate reads a late receipt and accepts only what Marshal writes. It looks at the size first; the errors wrap
// ErrEvidence.
func UnmarshalLate(data []byte) (Late, error) {
	if len(data) < lateHeader || len(data) > MaxLateSize {
		return Late{}, fmt.Errorf("%w: late receipt of %d bytes, must have %d..%d", ErrEvidence, len(data), lateHeader, MaxLateSize)
	}
	if data[0] != LateVersion1 {
		return Late{}, fmt.Errorf("%w: version of a late receipt is %d, this verifier knows %d", ErrEvidence, data[0], LateVersion1)
	}
	depth := int(data[lateHeader-1])
	if depth > MaxCommitDepth || len(data) != lateHeader+depth*HashSize {
		return Late{}, fmt.Errorf("%w: late receipt of %d bytes for a path of %d hashes (at most %d)", ErrEvidence, len(data), depth, MaxCommitDepth)
	}
	receipt, err := UnmarshalReceipt(data[5 : 5+ReceiptSize])
	if err != nil {
		return Late{}, err
	}
	l := Late{
		Beaconer: binary.BigEndian.Uint32(data[1:]), Receipt: receipt, Index: binary.BigEndian.Uint16(data[5+ReceiptSize:]),
		Path: make([][HashSize]byte, depth),
	}
	for i := range l.Path {
		l.Path[i] = [HashSize]byte(data[lateHeader+i*HashSize:])
	}
	return l, l.validate()
}

// VerifyLate checks that a witness signed the receipt over the beacon's payload and that the root it committed to holds
// it. Else ErrEvidence.
func VerifyLate(chainID string, epoch uint64, beacon Beacon, witness Signer, root [HashSize]byte, l Late) error {
	if err := l.validate(); err != nil {
		return err
	}
	at, hash := int(l.Index), leafHash(ReceiptCommitment(chainID, epoch, witness.Device, l.Receipt))
	for _, sibling := range l.Path {
		if at%2 == 0 {
			hash = nodeHash(hash, sibling)
		} else {
			hash = nodeHash(sibling, hash)
		}
		at /= 2
	}
	if hash != root {
		return fmt.Errorf("%w: the witness did not commit to this receipt in epoch %d", ErrEvidence, epoch)
	}
	message := ReceiptSignBytes(chainID, epoch, beacon.PayloadHash(), witness.Device, l.Receipt.Readings)
	if !(Statement{witness.Key, message, l.Receipt.Signature}).Verify() {
		return fmt.Errorf("%w: the receipt's signature does not hold over the payload of radio %d in epoch %d", ErrEvidence, l.Beaconer, epoch)
	}
	return nil
}
