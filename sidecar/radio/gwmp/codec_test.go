package gwmp_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/joulechain/joule/sidecar/radio/gwmp"
)

func ptr[T any](v T) *T { return &v }

func TestDatagrams(t *testing.T) {
	for name, c := range map[string]struct {
		raw  string
		want gwmp.Datagram
		err  error
	}{
		"push":             {"\x02\x12\x34\x00ABCDEFGH{}", gwmp.Datagram{Token: 0x1234, Type: gwmp.PushData, Gateway: gwmp.EUI([]byte("ABCDEFGH")), Body: []byte("{}")}, nil},
		"pull":             {"\x02\x12\x34\x02ABCDEFGH", gwmp.Datagram{Token: 0x1234, Type: gwmp.PullData, Gateway: gwmp.EUI([]byte("ABCDEFGH")), Body: []byte{}}, nil},
		"push ack":         {"\x02\x12\x34\x01", gwmp.Datagram{Token: 0x1234, Type: gwmp.PushAck, Body: []byte{}}, nil},
		"downlink":         {"\x02\x00\x01\x03{}", gwmp.Datagram{Token: 1, Type: gwmp.PullResp, Body: []byte("{}")}, nil},
		"tx ack":           {"\x02\x00\x01\x05ABCDEFGH", gwmp.Datagram{Token: 1, Type: gwmp.TXAckData, Gateway: gwmp.EUI([]byte("ABCDEFGH")), Body: []byte{}}, nil},
		"nothing":          {"", gwmp.Datagram{}, gwmp.ErrHeader},
		"three bytes":      {"\x02\x00\x00", gwmp.Datagram{}, gwmp.ErrHeader},
		"half an EUI":      {"\x02\x00\x00\x00ABCD", gwmp.Datagram{}, gwmp.ErrHeader},
		"unknown type":     {"\x02\x00\x00\x06ABCDEFGH", gwmp.Datagram{}, gwmp.ErrHeader},
		"version 1":        {"\x01\x00\x00\x00ABCDEFGH", gwmp.Datagram{}, gwmp.ErrVersion},
		"version 3, short": {"\x03\x00\x00\x00", gwmp.Datagram{}, gwmp.ErrVersion},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := gwmp.ParseDatagram([]byte(c.raw))
			require.ErrorIs(t, err, c.err)
			require.Equal(t, c.want, d)
			if err == nil {
				require.Equal(t, c.raw, string(d.Marshal()))
			}
		})
	}
	require.Equal(t, "PULL_RESP", gwmp.PullResp.String())
	require.Equal(t, "type 9", gwmp.Type(9).String())
}

// The example of PROTOCOL.md v1.6: unpadded base64 of both alphabets mixed, non-zero trailing bits.
const example = `{"rxpk":[{"tmst":3512348611,"time":"2020-10-01T09:30:52.592567Z","tmms":1285579871592,"ftime":85224290,"chan":2,"rfch":0,
 "freq":866.349812,"mid":3,"stat":1,"modu":"LORA","datr":"SF7BW125","codr":"4/6","rssi":-35,"lsnr":5.1,"foff":-3313,"rssis":-36,"size":32,
 "data":"-DS4CGaDCdG+48eJNM3Vai-zDpsR71Pn9CPA9uCON84"},
 {"time":"2013-03-31T16:21:17.530974Z","tmst":3512348514,"chan":9,"rfch":1,"freq":869.1,"stat":1,"modu":"FSK","datr":50000,"rssi":-75,"size":16,
 "data":"VEVTVF9QQUNLRVRfMTIzNA=="}],
 "stat":{"time":"2014-01-12 08:59:28 GMT","lati":46.24,"long":3.2523,"alti":145,"rxnb":2,"rxok":2,"rxfw":2,"ackr":100.0,"dwnb":2,"txnb":2,"temp":23.2}}`

func TestExampleOfTheProtocol(t *testing.T) {
	u, err := gwmp.DecodeUplink([]byte(example + "\x00"))
	require.NoError(t, err)
	require.Empty(t, u.Refused)
	require.Len(t, u.Packets, 2)
	p := u.Packets[0]
	require.Len(t, p.Payload, 32)
	require.Equal(t, byte(0xf8), p.Payload[0])
	p.Payload = nil
	require.Equal(t, gwmp.RXPacket{
		Time: time.Date(2020, 10, 1, 9, 30, 52, 592567000, time.UTC), GPSMillis: ptr(uint64(1285579871592)), Timestamp: 3512348611,
		FineNanos: ptr(uint32(85224290)), FrequencyHz: 866349812, Channel: 2, Modem: 3, CRC: gwmp.CRCOK,
		Rate: gwmp.Rate{Spreading: 7, Bandwidth: 125}, CodingRate: "4/6", RSSI: -35, SignalRSSI: ptr(-36.0), SNR: 5.1, OffsetHz: ptr(int32(-3313)),
	}, p)
	require.Equal(t, gwmp.Rate{BitRate: 50000}, u.Packets[1].Rate)
	require.Equal(t, "TEST_PACKET_1234", string(u.Packets[1].Payload))
	require.Equal(t, 46.24, *u.Stat.Latitude)
	require.Equal(t, uint64(2), u.Stat.Transmitted)

	// What is written reads the same.
	raw, err := gwmp.EncodeUplink(u)
	require.NoError(t, err)
	again, err := gwmp.DecodeUplink(raw)
	require.NoError(t, err)
	require.Equal(t, u, again)
}

func TestAntennas(t *testing.T) {
	u, err := gwmp.DecodeUplink([]byte(`{"rxpk":[{"tmst":1,"brd":1,"aesk":0,"freq":868.1,"stat":1,"modu":"LORA","datr":"SF12BW125","codr":"4/5","size":1,
	 "data":"AA","rsig":[{"ant":0,"chan":7,"rssic":-113,"lsnr":-5.2,"etime":"x","rssis":-118},{"ant":1,"chan":23,"rssic":-107,"lsnr":1.8,"ftime":5,"foff":-70}]}]}`))
	require.NoError(t, err)
	require.Empty(t, u.Refused)
	p := u.Packets[0]
	require.Len(t, p.Antennas, 2)
	require.Equal(t, ptr(-118.0), p.Antennas[0].SignalRSSI)
	require.Equal(t, -107.0, p.RSSI, "the antenna with the best SNR speaks for the packet")
	require.Equal(t, uint8(23), p.Channel)
	require.Equal(t, uint8(1), p.Board)
	require.Equal(t, int32(-70), *p.OffsetHz)
	require.Equal(t, uint32(5), *p.FineNanos)
}

// edit changes fields of one well-formed packet.
func edit(t *testing.T, change map[string]any) []byte {
	t.Helper()
	var root map[string][]map[string]any
	require.NoError(t, json.Unmarshal([]byte(onePacket), &root))
	for k, v := range change {
		if root["rxpk"][0][k] = v; v == nil {
			delete(root["rxpk"][0], k)
		}
	}
	raw, err := json.Marshal(root)
	require.NoError(t, err)
	return raw
}

func TestRefusedPackets(t *testing.T) {
	type set = map[string]any
	for name, c := range map[string]struct {
		change set
		err    error
	}{
		"as it is":            {set{}, nil},
		"numbers as floats":   {set{"rssi": -35.4, "chan": 2.0, "tmst": 1.5e9}, nil},
		"no tmst":             {set{"tmst": nil}, nil},
		"unreadable time":     {set{"time": "yesterday"}, nil},
		"bad CRC is reported": {set{"stat": -1}, nil},
		"no frequency":        {set{"freq": nil}, gwmp.ErrPacket},
		"frequency in Hz":     {set{"freq": 868100000}, gwmp.ErrPacket},
		"negative frequency":  {set{"freq": -1}, gwmp.ErrPacket},
		"no data rate":        {set{"datr": nil}, gwmp.ErrPacket},
		"SF13":                {set{"datr": "SF13BW125"}, gwmp.ErrPacket},
		"half a data rate":    {set{"datr": "SF7"}, gwmp.ErrPacket},
		"FSK rate with LORA":  {set{"datr": 50000}, gwmp.ErrPacket},
		"LR-FHSS":             {set{"modu": "LR-FHSS", "datr": "M0CW137"}, gwmp.ErrPacket},
		"tmst too large":      {set{"tmst": 1 << 32}, gwmp.ErrPacket},
		"negative channel":    {set{"chan": -1}, gwmp.ErrPacket},
		"stat 2":              {set{"stat": 2}, gwmp.ErrPacket},
		"ftime of a second":   {set{"ftime": 1e9}, gwmp.ErrPacket},
		"long coding rate":    {set{"codr": strings.Repeat("4", 99)}, gwmp.ErrPacket},
		"no RSSI":             {set{"rssi": nil}, gwmp.ErrPacket},
		"RSSI above all":      {set{"rssi": 31}, gwmp.ErrReading},
		"RSSI below all":      {set{"rssi": -201}, gwmp.ErrReading},
		"RSSI of 1e308":       {set{"rssi": 1e308}, gwmp.ErrReading},
		"signal RSSI absurd":  {set{"rssis": 128}, gwmp.ErrReading},
		"no SNR":              {set{"lsnr": nil}, gwmp.ErrPacket},
		"SNR absurd":          {set{"lsnr": -41}, gwmp.ErrReading},
		"RSSI as text":        {set{"rssi": "NaN"}, gwmp.ErrJSON},
		"no data":             {set{"data": nil}, gwmp.ErrPayload},
		"no size":             {set{"size": nil}, gwmp.ErrPayload},
		"wrong size":          {set{"size": 4}, gwmp.ErrPayload},
		"negative size":       {set{"size": -1}, gwmp.ErrPayload},
		"size 256":            {set{"size": 256, "data": strings.Repeat("AAAA", 85) + "AA"}, gwmp.ErrPayload},
		"not base64":          {set{"data": "A!ID"}, gwmp.ErrPayload},
		"one letter":          {set{"data": "A", "size": 0}, gwmp.ErrPayload},
		"long base64":         {set{"data": strings.Repeat("A", 401)}, gwmp.ErrPayload},
		"padded":              {set{"data": "AQI=", "size": 2}, nil},
		"unpadded":            {set{"data": "AQI", "size": 2}, nil},
		"nine antennas":       {set{"rsig": make([]set, 9)}, gwmp.ErrPacket},
		"antenna absurd":      {set{"rssi": nil, "rsig": []set{{"rssic": 99, "lsnr": 1}}}, gwmp.ErrReading},
		"antenna without":     {set{"rssi": nil, "rsig": []set{{"lsnr": 1}}}, gwmp.ErrPacket},
	} {
		t.Run(name, func(t *testing.T) {
			u, err := gwmp.DecodeUplink(edit(t, c.change))
			require.NoError(t, err, "one packet's fault is not the datagram's")
			if c.err == nil {
				require.Empty(t, u.Refused)
				require.Len(t, u.Packets, 1)
				return
			}
			require.Empty(t, u.Packets)
			require.Len(t, u.Refused, 1)
			require.ErrorIs(t, u.Refused[0], c.err)
		})
	}
}

func TestUnreadableBodies(t *testing.T) {
	many := `{"rxpk":[` + strings.Repeat(`{},`, gwmp.MaxPackets) + `{}]}`
	for body, kind := range map[string]error{
		"": gwmp.ErrJSON, "{": gwmp.ErrJSON, "[]": gwmp.ErrJSON, `{"rxpk":{}}`: gwmp.ErrJSON, many: gwmp.ErrTooMany,
		strings.Replace(onePacket, "-35", "nan", 1): gwmp.ErrJSON, strings.Repeat(`{"rxpk":`, 9000): gwmp.ErrJSON,
	} {
		_, err := gwmp.DecodeUplink([]byte(body))
		require.ErrorIs(t, err, kind, "%.40s", body)
	}
	u, err := gwmp.DecodeUplink([]byte(`{"rxpk":null,"stat":null,"vendor":1}`))
	require.NoError(t, err)
	require.Equal(t, gwmp.Uplink{}, u)
	u, err = gwmp.DecodeUplink([]byte(strings.Replace(onePacket, `}]`, `},{"freq":1},7]`, 1)))
	require.NoError(t, err)
	require.Len(t, u.Packets, 1, "a good packet survives bad neighbours")
	require.Len(t, u.Refused, 2)
	u, err = gwmp.DecodeUplink([]byte(`{"stat":{"rxnb":-1}}`))
	require.NoError(t, err)
	require.Nil(t, u.Stat)
	require.Len(t, u.Refused, 1)
}

func TestSignalWithoutNoise(t *testing.T) {
	p := gwmp.RXPacket{Rate: gwmp.Rate{Spreading: 12, Bandwidth: 125}, RSSI: -114, SNR: -20}
	require.InDelta(t, -134.04, p.Signal(), 0.01)
	p.SNR = 10
	require.InDelta(t, -114.41, p.Signal(), 0.01)
	p.SignalRSSI = ptr(-133.0)
	require.Equal(t, -133.0, p.Signal())
	fsk := gwmp.RXPacket{Rate: gwmp.Rate{BitRate: 50000}, RSSI: -80}
	require.Equal(t, -80.0, fsk.Signal())
	for snr := -40.0; snr <= 40; snr++ {
		p := gwmp.RXPacket{Rate: gwmp.Rate{Spreading: 7}, RSSI: -100, SNR: snr}
		require.Less(t, p.Signal(), p.RSSI, "a signal is never stronger than what the channel holds")
		require.False(t, math.IsNaN(p.Signal()))
	}
}

func TestFilter(t *testing.T) {
	long := func(p *gwmp.RXPacket) bool { return len(p.Payload) == 3 }
	out, dropped, err := gwmp.FilterUplink([]byte(onePacket), long)
	require.NoError(t, err)
	require.Equal(t, 1, dropped)
	require.Nil(t, out, "nothing is left to forward")

	mixed := `{"vendor":{"a":1},"rxpk":[{"freq":"odd"},` + strings.TrimPrefix(onePacket, `{"rxpk":[`)
	out, dropped, err = gwmp.FilterUplink([]byte(mixed), long)
	require.NoError(t, err)
	require.Equal(t, 1, dropped)
	require.JSONEq(t, `{"vendor":{"a":1},"rxpk":[{"freq":"odd"}]}`, string(out))

	out, dropped, err = gwmp.FilterUplink([]byte(example), long)
	require.NoError(t, err)
	require.Zero(t, dropped)
	require.Equal(t, example, string(out), "as it came")

	withStat := strings.TrimSuffix(onePacket, "}") + `,"stat":{"rxnb":1}}`
	out, _, err = gwmp.FilterUplink([]byte(withStat), long)
	require.NoError(t, err)
	require.JSONEq(t, `{"stat":{"rxnb":1}}`, string(out))
	_, _, err = gwmp.FilterUplink([]byte(`{`), long)
	require.ErrorIs(t, err, gwmp.ErrJSON)
}

func TestTransmissions(t *testing.T) {
	p := gwmp.TXPacket{
		Immediate: true, FrequencyHz: 865_062_500, Power: 14, Rate: gwmp.Rate{Spreading: 12, Bandwidth: 125}, CodingRate: "4/5", Preamble: 8,
		Payload: []byte{0xe0, 1, 2},
	}
	raw, err := gwmp.EncodeTX(p)
	require.NoError(t, err)
	require.JSONEq(t, `{"txpk":{"imme":true,"freq":865.062500,"rfch":0,"powe":14,"modu":"LORA","datr":"SF12BW125","codr":"4/5","ipol":false,"prea":8,"size":3,"data":"4AEC"}}`, string(raw))
	again, err := gwmp.DecodeTX(raw)
	require.NoError(t, err)
	require.Equal(t, p, again)

	timed := gwmp.TXPacket{
		Timestamp: ptr(uint32(5)), FrequencyHz: 868_800_000, Rate: gwmp.Rate{BitRate: 50000}, Deviation: 25000, NoCRC: true, NoHeader: true,
		Inverted: true, RFChain: 1, Payload: make([]byte, 255),
	}
	raw, err = gwmp.EncodeTX(timed)
	require.NoError(t, err)
	again, err = gwmp.DecodeTX(raw)
	require.NoError(t, err)
	require.Equal(t, timed, again)

	_, err = gwmp.EncodeTX(gwmp.TXPacket{Immediate: true, Payload: make([]byte, 256)})
	require.ErrorIs(t, err, gwmp.ErrPacket)
	_, err = gwmp.EncodeTX(gwmp.TXPacket{})
	require.ErrorIs(t, err, gwmp.ErrPacket)
	for body, kind := range map[string]error{
		`{}`: gwmp.ErrJSON, `x`: gwmp.ErrJSON, `{"txpk":{}}`: gwmp.ErrPacket,
		`{"txpk":{"modu":"LORA","datr":"SF7BW125","freq":868.1,"size":1}}`:                       gwmp.ErrPayload,
		`{"txpk":{"modu":"LORA","datr":"SF7BW125","freq":868.1,"size":2,"data":"AA"}}`:           gwmp.ErrPayload,
		`{"txpk":{"modu":"LORA","datr":"SF7BW125","freq":868.1,"powe":99,"size":1,"data":"AA"}}`: gwmp.ErrPacket,
	} {
		_, err := gwmp.DecodeTX([]byte(body))
		require.ErrorIs(t, err, kind, body)
	}
}

func TestAcknowledgements(t *testing.T) {
	for body, want := range map[string]struct {
		result gwmp.TXResult
		code   string
		err    error
	}{
		"":                                 {},
		"\x00\x00":                         {},
		"{}":                               {},
		`{"txpk_ack":{}}`:                  {},
		`{"txpk_ack":{"error":"NONE"}}`:    {},
		`{"txpk_ack":{"error":"TX_FREQ"}}`: {code: gwmp.TXFrequency},
		`{"txpk_ack":{"error":"` + strings.Repeat("Z", 99) + `"}}`: {code: strings.Repeat("Z", 64)},
		`{"txpk_ack":{"warn":"TX_POWER","value":20}}`:              {result: gwmp.TXResult{Warning: gwmp.TXPower, Power: ptr(int32(20))}},
		`{"txpk_ack":{"warn":"TX_POWER","value":"low"}}`:           {result: gwmp.TXResult{Warning: gwmp.TXPower}},
		`{"txpk_ack":{"warn":"TX_POWER","value":1e300}}`:           {result: gwmp.TXResult{Warning: gwmp.TXPower}},
		`{"txpk_ack":"yes"}`:                                       {err: gwmp.ErrJSON},
		`{`:                                                        {err: gwmp.ErrJSON},
	} {
		result, err := gwmp.DecodeTXAck([]byte(body))
		require.Equal(t, want.result, result, body)
		var refusal *gwmp.TXError
		if want.code != "" {
			require.True(t, errors.As(err, &refusal), body)
			require.Equal(t, want.code, refusal.Code)
			require.Contains(t, err.Error(), "refuses")
		} else {
			require.ErrorIs(t, err, want.err, body)
		}
		if want.err == nil {
			raw, err := gwmp.EncodeTXAck(result, refusal)
			require.NoError(t, err)
			if again, err := gwmp.DecodeTXAck(raw); refusal == nil {
				require.NoError(t, err)
				require.Equal(t, result, again)
			}
		}
	}
}
