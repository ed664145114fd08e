package receipts

import (
	"crypto/ed25519"
	"math"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/radio/gwmp"
	proof "github.com/joulechain/joule/x/work/proof/radio"
)

const chainID = "joule-test-1"

var (
	gateway = gwmp.EUI{1, 2, 3, 4, 5, 6, 7, 8}
	start   = time.UnixMilli(1_800_000_000_000)
)

type signer struct {
	key   ed25519.PrivateKey
	signs int
}

func newSigner() *signer { return &signer{key: ed25519.NewKeyFromSeed(make([]byte, 32))} }

func (*signer) DeviceID() []byte { return []byte("twenty bytes of a id")[:proof.DeviceIDSize] }

func (s *signer) Sign(m []byte) ([]byte, error) { s.signs++; return ed25519.Sign(s.key, m), nil }

func testBook(t *testing.T, folder string, s *signer) (*Book, map[Event]int) {
	t.Helper()
	count := map[Event]int{}
	b, err := Open(Options{ChainID: chainID, Signer: s, Folder: folder, Gateway: gateway, Meter: func(e Event) { count[e]++ }})
	require.NoError(t, err)
	return b, count
}

func epoch(number uint64) Epoch {
	begin := start.Add(time.Duration(number) * time.Hour)
	return Epoch{Number: number, Start: begin, From: begin.Add(10 * time.Second), Region: proof.RegionUS915, Radio: 7}
}

func packet(payload byte, change ...func(*gwmp.RXPacket)) gwmp.RXPacket {
	frame := proof.Beacon{Payload: [proof.PayloadSize]byte{payload}}.Frame()
	p := gwmp.RXPacket{
		FrequencyHz: 904_102_000, CRC: gwmp.CRCOK, Rate: gwmp.Rate{Spreading: 10, Bandwidth: 125}, RSSI: -90.2, SNR: 9.9, Payload: frame[:],
	}
	signal := -90.2
	p.SignalRSSI = &signal
	for _, c := range change {
		c(&p)
	}
	return p
}

func deliver(b *Book, at time.Time, packets ...gwmp.RXPacket) {
	b.Deliver(gwmp.Delivery{Arrival: at, Datagram: gwmp.Datagram{Gateway: gateway}, Uplink: gwmp.Uplink{Packets: packets}})
}

func TestHeardIsSignedOnceAndKept(t *testing.T) {
	folder, s := t.TempDir(), newSigner()
	b, count := testBook(t, folder, s)
	b.Begin(epoch(3))
	at := epoch(3).Start.Add(75 * time.Second)
	deliver(b, at, packet(1), packet(1), packet(2))
	deliver(b, at.Add(time.Second), packet(1, func(p *gwmp.RXPacket) { p.SNR = 1 }))
	require.Equal(t, map[Event]int{EventSigned: 2, EventAgain: 2}, count)
	list, err := b.Of(3)
	require.NoError(t, err)
	require.Len(t, list, 2)
	r := list[0].Receipt
	require.Equal(t, proof.Readings{Attenuation: 91, SNR: 39, Channel: 1, Offset: 2, Millis: 75_000}, r.Readings, "levels are rounded down")
	require.EqualValues(t, 7, r.Number)
	message := proof.ReceiptSignBytes(chainID, 3, proof.Beacon{Payload: [proof.PayloadSize]byte{1}}.PayloadHash(), proof.DeviceID(s.DeviceID()), r.Readings)
	require.True(t, ed25519.Verify(s.key.Public().(ed25519.PublicKey), message, r.Signature[:]))

	again, count := testBook(t, folder, s)
	again.Begin(epoch(3))
	deliver(again, at.Add(2*time.Second), packet(2, func(p *gwmp.RXPacket) { p.SNR = 5 }))
	require.Equal(t, map[Event]int{EventAgain: 1}, count, "a restart does not sign a payload anew")
	kept, err := again.Of(3)
	require.NoError(t, err)
	require.Equal(t, len(list), len(kept))
	for i := range list {
		require.Equal(t, list[i].Receipt, kept[i].Receipt)
		require.True(t, list[i].At.Equal(kept[i].At))
	}
	require.Equal(t, 2, s.signs)
}

func TestEpochsOfFrames(t *testing.T) {
	b, count := testBook(t, t.TempDir(), newSigner())
	deliver(b, epoch(1).Start, packet(1))
	require.Equal(t, map[Event]int{EventWaits: 1}, count)
	b.Begin(epoch(1))
	require.Equal(t, map[Event]int{EventWaits: 1, EventNoEpoch: 1}, count, "it was before the first slot")
	b.Begin(epoch(2))
	b.Begin(epoch(1)) // told again
	deliver(b, epoch(2).From.Add(-time.Second), packet(2))
	deliver(b, epoch(2).From, packet(3))
	one, _ := b.Of(1)
	two, _ := b.Of(2)
	require.Len(t, one, 1)
	require.Len(t, two, 1)
	require.EqualValues(t, 3_609_000, one[0].Receipt.Readings.Millis, "from the epoch's first block, whatever came after")
	require.EqualValues(t, 10_000, two[0].Receipt.Readings.Millis)
	require.NotEqual(t, one[0].Hash, two[0].Hash)
}

// The chain tells of an epoch a block or two after it has begun: a frame of its first slots is signed for it, not for
// the one before.
func TestFramesThatOutrunTheChain(t *testing.T) {
	b, count := testBook(t, t.TempDir(), newSigner())
	with := func(n uint64) Epoch {
		e := epoch(n)
		e.Until = epoch(n + 1).Start.Add(-time.Minute)
		return e
	}
	deliver(b, with(1).From, packet(1)) // the sidecar starts in the middle of epoch 1
	b.Begin(with(1))
	deliver(b, with(1).Until, packet(2))
	deliver(b, with(1).Until.Add(time.Second), packet(3)) // between the two
	deliver(b, with(2).From, packet(4), packet(4), packet(5))
	require.Equal(t, map[Event]int{EventWaits: 4, EventSigned: 2, EventAgain: 1}, count)
	b.Begin(with(2))
	require.Equal(t, map[Event]int{EventWaits: 4, EventSigned: 4, EventAgain: 1, EventNoEpoch: 1}, count)
	one, _ := b.Of(1)
	two, _ := b.Of(2)
	require.Len(t, one, 2)
	require.Len(t, two, 2)
	require.EqualValues(t, 10_000, two[0].Receipt.Readings.Millis)

	for i := range maxWaiting + 3 {
		p := packet(0, func(p *gwmp.RXPacket) {
			frame := proof.Beacon{Payload: [proof.PayloadSize]byte{9, byte(i), byte(i >> 8)}}.Frame()
			p.Payload = frame[:]
		})
		deliver(b, with(2).Until.Add(time.Minute), p)
	}
	require.Equal(t, 4+maxWaiting, count[EventWaits], "bounded")
	require.Equal(t, 4, count[EventNoEpoch])
}

func TestOldEpochsAreForgotten(t *testing.T) {
	folder := t.TempDir()
	b, _ := testBook(t, folder, newSigner())
	for n := uint64(1); n <= 9; n++ {
		b.Begin(epoch(n))
		deliver(b, epoch(n).From, packet(byte(n)))
	}
	files, err := filepath.Glob(filepath.Join(folder, "*"))
	require.NoError(t, err)
	require.Len(t, files, keptEpochs)
	list, err := b.Of(2)
	require.NoError(t, err)
	require.Empty(t, list)
}

func TestWhatIsNotSigned(t *testing.T) {
	nan, hot := math.NaN(), 3.0
	for name, c := range map[string]struct {
		event  Event
		change func(*gwmp.RXPacket)
	}{
		"bad check sum":     {EventUnusable, func(p *gwmp.RXPacket) { p.CRC = gwmp.CRCBad }},
		"another rate":      {EventUnusable, func(p *gwmp.RXPacket) { p.Rate.Spreading = 7 }},
		"another bandwidth": {EventUnusable, func(p *gwmp.RXPacket) { p.Rate.Bandwidth = 500 }},
		"FSK":               {EventUnusable, func(p *gwmp.RXPacket) { p.Rate = gwmp.Rate{BitRate: 50_000} }},
		"no number":         {EventUnusable, func(p *gwmp.RXPacket) { p.SignalRSSI = &nan }},
		"above 0 dBm":       {EventUnusable, func(p *gwmp.RXPacket) { p.SignalRSSI = &hot }},
		"SNR absurd":        {EventUnusable, func(p *gwmp.RXPacket) { p.SNR = 40 }},
		"SNR no number":     {EventUnusable, func(p *gwmp.RXPacket) { p.SNR = nan }},
		"between channels":  {EventUnusable, func(p *gwmp.RXPacket) { p.FrequencyHz = 907_000_000 }},
		"other region":      {EventUnusable, func(p *gwmp.RXPacket) { p.FrequencyHz = 868_100_000 }},
	} {
		t.Run(name, func(t *testing.T) {
			s := newSigner()
			b, count := testBook(t, t.TempDir(), s)
			b.Begin(epoch(1))
			deliver(b, epoch(1).From, packet(1, c.change))
			require.Equal(t, map[Event]int{c.event: 1}, count)
			require.Zero(t, s.signs)
			deliver(b, epoch(1).From, packet(1))
			require.Equal(t, 1, count[EventSigned], "nothing is lost: a better copy is signed")
		})
	}
	b, count := testBook(t, t.TempDir(), newSigner())
	b.Begin(epoch(1))
	b.Own(proof.Beacon{Payload: [proof.PayloadSize]byte{9}}.PayloadHash())
	deliver(b, epoch(1).From, packet(9), packet(1, func(p *gwmp.RXPacket) { p.Payload = p.Payload[:20] }), packet(2, func(p *gwmp.RXPacket) { p.Payload[0] = 0x40 }))
	b.Deliver(gwmp.Delivery{Arrival: epoch(1).From, Datagram: gwmp.Datagram{Gateway: gwmp.EUI{9}}, Uplink: gwmp.Uplink{Packets: []gwmp.RXPacket{packet(3)}}})
	require.Equal(t, map[Event]int{EventOwn: 1, EventForeign: 1}, count, "ordinary traffic does not even count")
}

func TestThePacketsOwnTime(t *testing.T) {
	b, _ := testBook(t, t.TempDir(), newSigner())
	b.Begin(epoch(1))
	at := epoch(1).Start.Add(time.Minute)
	deliver(b, at, packet(1, func(p *gwmp.RXPacket) { p.Time = at.Add(-2 * time.Second) }), packet(2, func(p *gwmp.RXPacket) { p.Time = at.Add(-time.Hour) }))
	list, err := b.Of(1)
	require.NoError(t, err)
	require.EqualValues(t, 58_000, list[0].Receipt.Readings.Millis, "GNSS time is better than arrival")
	require.EqualValues(t, 60_000, list[1].Receipt.Readings.Millis, "a clock that is off by an hour is not believed")
}

func TestAnEpochIsBounded(t *testing.T) {
	b, _ := testBook(t, t.TempDir(), newSigner())
	b.Begin(epoch(1))
	b.heard[1] = make([]Heard, proof.MaxCommitted)
	p := packet(1)
	hash, _ := hashOf(&p)
	event, err := b.hear(&p, hash, epoch(1).From)
	require.Equal(t, EventFull, event)
	require.ErrorIs(t, err, ErrFull)
}

// A crash may leave any part of the newest record, and a disk may flip a bit: what is whole before it is kept, and the
// file is usable again.
func TestDamageKeepsWhatIsWhole(t *testing.T) {
	for name, change := range map[string]func([]byte) []byte{
		"cut":     func(d []byte) []byte { return d[:len(d)-recordBytes/2] },
		"one":     func(d []byte) []byte { return append(d[:2*recordBytes:2*recordBytes], 7) },
		"flipped": func(d []byte) []byte { d[2*recordBytes+50] ^= 1; return d },
	} {
		t.Run(name, func(t *testing.T) {
			folder := t.TempDir()
			b, _ := testBook(t, folder, newSigner())
			b.Begin(epoch(1))
			for i := range 3 {
				deliver(b, epoch(1).From, packet(byte(i)))
			}
			data, err := os.ReadFile(b.path(1))
			require.NoError(t, err)
			require.NoError(t, os.WriteFile(b.path(1), change(data), 0o600))
			again, count := testBook(t, folder, newSigner())
			again.Begin(epoch(1))
			deliver(again, epoch(1).From, packet(1), packet(9))
			require.Equal(t, map[Event]int{EventAgain: 1, EventSigned: 1}, count)
			last, _ := testBook(t, folder, newSigner())
			list, err := last.Of(1)
			require.NoError(t, err)
			require.Len(t, list, 3)
		})
	}
}

// A record that a disk has damaged costs itself alone: those after it are neither lost nor signed anew.
func TestDamageBetweenRecords(t *testing.T) {
	folder := t.TempDir()
	b, _ := testBook(t, folder, newSigner())
	b.Begin(epoch(1))
	for i := range 4 {
		deliver(b, epoch(1).From, packet(byte(i)))
	}
	data, err := os.ReadFile(b.path(1))
	require.NoError(t, err)
	data[recordBytes+50] ^= 1
	require.NoError(t, os.WriteFile(b.path(1), data, 0o600))
	again, count := testBook(t, folder, newSigner())
	again.Begin(epoch(1))
	deliver(again, epoch(1).From, packet(0), packet(2), packet(3), packet(9))
	require.Equal(t, map[Event]int{EventAgain: 3, EventSigned: 1}, count)
	last, _ := testBook(t, folder, newSigner())
	list, err := last.Of(1)
	require.NoError(t, err)
	require.Len(t, list, 4)
}

func TestAFullDiskShowsNobodyAnything(t *testing.T) {
	folder := t.TempDir()
	b, count := testBook(t, folder, newSigner())
	b.Begin(epoch(1))
	require.NoError(t, os.Mkdir(b.path(1), 0o700)) // the file cannot be written
	deliver(b, epoch(1).From, packet(1))
	require.Equal(t, map[Event]int{EventUnwritten: 1}, count)
	list, err := b.Of(1)
	require.NoError(t, err)
	require.Empty(t, list)
	require.NoError(t, os.Remove(b.path(1)))
	deliver(b, epoch(1).From, packet(1))
	require.Equal(t, 1, count[EventSigned])
}

func FuzzDecodeRecords(f *testing.F) {
	h := Heard{Hash: [32]byte{1}, Receipt: proof.Receipt{Number: 3}, At: start}
	f.Add(uint64(1), encodeRecord(1, h))
	f.Add(uint64(1), append(encodeRecord(1, h), 1, 2, 3))
	f.Add(uint64(2), encodeRecord(1, h))
	f.Add(uint64(0), []byte{})
	f.Add(uint64(1), append(append(encodeRecord(1, h), make([]byte, recordBytes)...), encodeRecord(1, h)...))
	f.Fuzz(func(t *testing.T, epoch uint64, data []byte) {
		list, bad, aligned := decodeRecords(epoch, data)
		require.Equal(t, (len(list)+bad)*recordBytes, aligned)
		require.Less(t, len(data)-aligned, recordBytes)
		for at := 0; at < aligned; at += recordBytes {
			if record := data[at : at+recordBytes]; len(list) > 0 && string(encodeRecord(epoch, list[0])) == string(record) {
				list = list[1:]
			} else {
				bad--
			}
		}
		require.Empty(t, list, "what is read is what was written, in its order")
		require.Zero(t, bad)
	})
}
