package der

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

const (
	utcLayout         = "060102150405Z"
	generalizedLayout = "20060102150405Z"
)

func element(tag byte, text string) []byte { return append([]byte{tag, byte(len(text))}, text...) }

// TestEveryDay compares the calendar with Go's for every day that a GeneralizedTime can name.
func TestEveryDay(t *testing.T) {
	days := 0
	for day := time.Date(0, 1, 1, 23, 59, 58, 0, time.UTC); day.Year() < 10000; day = day.AddDate(0, 0, 1) {
		r := NewReader(element(TagGeneralizedTime, day.Format(generalizedLayout)))
		got, err := r.Time()
		if err != nil || got != day.Unix() {
			t.Fatalf("%s: %d, want %d: %v", day, got, day.Unix(), err)
		}
		days++
	}
	require.Equal(t, 3652425, days)
}

func TestUTCTime(t *testing.T) {
	for _, year := range []int{1950, 1969, 1970, 1999, 2000, 2049} {
		when := time.Date(year, 2, 28, 12, 34, 56, 0, time.UTC)
		r := NewReader(element(TagUTCTime, when.Format(utcLayout)))
		got, err := r.Time()
		require.NoError(t, err)
		require.Equal(t, when.Unix(), got, when)
	}
}

func TestTimeRefuses(t *testing.T) {
	for _, c := range []struct {
		tag  byte
		text string
	}{
		{TagUTCTime, ""},
		{TagUTCTime, "200101000000"},
		{TagUTCTime, "200101000000+0000"},
		{TagUTCTime, "2001010000Z"},
		{TagUTCTime, "201301000000Z"},
		{TagUTCTime, "200001000000Z"},
		{TagUTCTime, "200100000000Z"},
		{TagUTCTime, "200132000000Z"},
		{TagUTCTime, "210229000000Z"},
		{TagUTCTime, "200431000000Z"},
		{TagUTCTime, "200101240000Z"},
		{TagUTCTime, "200101006000Z"},
		{TagUTCTime, "200101000060Z"},
		{TagUTCTime, "20010100000 Z"},
		{TagUTCTime, "-00101000000Z"},
		{TagUTCTime, "200101000000z"},
		{TagGeneralizedTime, "20200101000000"},
		{TagGeneralizedTime, "20200101000000.5Z"},
		{TagGeneralizedTime, "21000229000000Z"},
		{TagGeneralizedTime, "x0200101000000Z"},
		{TagOctetString, "200101000000Z"},
	} {
		r := NewReader(element(c.tag, c.text))
		_, err := r.Time()
		require.Error(t, err, c.text)
	}
}

// FuzzTime: what is accepted is what Go's own parser reads, to the second.
func FuzzTime(f *testing.F) {
	f.Add(TagUTCTime, "491231235959Z")
	f.Add(TagGeneralizedTime, "99991231235959Z")
	f.Add(TagGeneralizedTime, "00000101000000Z")
	f.Fuzz(func(t *testing.T, tag byte, text string) {
		if len(text) > 127 {
			return
		}
		r := NewReader(element(tag, text))
		got, err := r.Time()
		if err != nil {
			return
		}
		layout := generalizedLayout
		if tag == TagUTCTime {
			layout = utcLayout
		}
		want, err := time.Parse(layout, text)
		require.NoError(t, err)
		if tag == TagUTCTime && want.Year() >= 2050 {
			want = want.AddDate(-100, 0, 0)
		}
		require.Equal(t, want.Unix(), got)
	})
}

// FuzzReader walks any bytes: no panic, and the elements that are read are the input, in order.
func FuzzReader(f *testing.F) {
	f.Add([]byte{0x30, 3, 2, 1, 5})
	f.Add([]byte{4, 0x81, 200})
	f.Add([]byte{0x30, 0x80, 0, 0})
	f.Fuzz(func(t *testing.T, data []byte) {
		r := NewReader(data)
		var read []byte
		for !r.Empty() {
			tag, content, element, err := r.Any()
			if err != nil {
				break
			}
			read = append(read, element...)
			inner := NewReader(element)
			again, err := inner.Read(tag)
			require.NoError(t, err)
			require.Equal(t, content, again)
			for _, value := range []func(*Reader) (any, error){boolean, small, oid, octets} {
				one := NewReader(element)
				_, _ = value(&one)
			}
			_, _ = Flags(content)
		}
		require.Equal(t, data[:len(read)], append([]byte{}, read...))
	})
}
