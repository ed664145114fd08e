package gwmp_test

import (
	"strings"
	"testing"

	"github.com/joulechain/joule/sidecar/radio/gwmp"
)

func BenchmarkParseDatagram(b *testing.B) {
	raw := push(alice, onePacket)
	b.ReportAllocs()
	for b.Loop() {
		if _, err := gwmp.ParseDatagram(raw); err != nil {
			b.Fatal(err)
		}
	}
}

func benchmarkUplink(b *testing.B, body string) {
	b.SetBytes(int64(len(body)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := gwmp.DecodeUplink([]byte(body)); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkDecodeUplink(b *testing.B) {
	element := strings.TrimSuffix(strings.TrimPrefix(onePacket, `{"rxpk":[`), `]}`)
	for name, body := range map[string]string{
		"1":         onePacket,
		"8":         `{"rxpk":[` + strings.Repeat(element+",", 7) + element + `]}`,
		"malformed": strings.TrimSuffix(onePacket, `}`),
	} {
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(body)))
			b.ReportAllocs()
			for b.Loop() {
				_, _ = gwmp.DecodeUplink([]byte(body))
			}
		})
	}
}

func BenchmarkDecodeExample(b *testing.B) { benchmarkUplink(b, example) }

func BenchmarkFilterUplink(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, _, err := gwmp.FilterUplink([]byte(example), func(*gwmp.RXPacket) bool { return false }); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkEncodeTX(b *testing.B) {
	p := gwmp.TXPacket{Immediate: true, FrequencyHz: 868_100_000, Rate: gwmp.Rate{Spreading: 12, Bandwidth: 125}, CodingRate: "4/5", Payload: make([]byte, 24)}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := gwmp.EncodeTX(p); err != nil {
			b.Fatal(err)
		}
	}
}
