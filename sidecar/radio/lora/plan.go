package lora

import (
	"fmt"
	"time"

	proof "github.com/joulechain/joule/x/work/proof/radio"
)

// Limit is a share of time on the air that a band, or each of its channels, grants.
type Limit struct {
	LowHz, HighHz uint32 // centre frequencies from LowHz on and below HighHz
	Window        time.Duration
	Airtime       time.Duration // at most this much in any Window
	PerChannel    bool          // counts for each frequency by itself
}

// Plan is what a transmitter keeps in a region.
type Plan struct {
	Region       proof.Region
	Name         string
	Channels     []uint32 // Hz; the proof's, with the half kHz that its unit cannot hold
	BandwidthKHz uint32
	Spreading    uint32        // of beacons
	MaxEIRP      int32         // dBm that the challenge's back-off counts from and that validators judge by
	TransmitEIRP int32         // dBm that the rules of the place grant this kind of transmission, at most MaxEIRP
	Dwell        time.Duration // longest transmission, 0: no limit
	Limits       []Limit       // a frequency outside of all is not transmitted on
	// Listens tells that the region asks for listening before talking, which is the forwarder's business: its
	// configuration must have it on.
	Listens bool
}

const hour = time.Hour

// share is a duty cycle in thousandths of an hour.
func share(lowHz, highHz uint32, thousandths int64) Limit {
	return Limit{LowHz: lowHz, HighHz: highHz, Window: hour, Airtime: hour / 1000 * time.Duration(thousandths)}
}

// grant is what a region's law adds to its channel plan.
type grant struct {
	eirp    int32
	limits  []Limit
	listens bool
}

// grants: EU868 by ETSI EN 300 220-2 (bands K to R). US915 by FCC 15.247: 0.4 s on a channel in 20 s; fewer than 50
// channels leave 21 dBm before an antenna of up to 6 dBi. AS923: 1 % (Regional Parameters). KR920: the regional
// parameters ask for listening before talking and 4 s at most; the 2 % are the proof's. AU915 and IN865 limit power
// only.
var grants = map[proof.Region]grant{
	proof.RegionEU868: {eirp: 16, limits: []Limit{
		share(863_000_000, 865_000_000, 1), share(865_000_000, 868_000_000, 10), share(868_000_000, 868_600_000, 10),
		share(868_700_000, 869_200_000, 1), share(869_400_000, 869_650_000, 100), share(869_700_000, 870_000_000, 10),
	}},
	proof.RegionUS915: {eirp: 27, limits: []Limit{
		{LowHz: 902_000_000, HighHz: 928_000_000, Window: 20 * time.Second, Airtime: 400 * time.Millisecond, PerChannel: true},
	}},
	proof.RegionAS923: {eirp: 16, limits: []Limit{share(915_000_000, 928_000_000, 10)}},
	proof.RegionAU915: {eirp: 30, limits: []Limit{share(915_000_000, 928_000_000, 1000)}},
	proof.RegionIN865: {eirp: 30, limits: []Limit{share(865_000_000, 867_000_000, 1000)}},
	proof.RegionKR920: {eirp: 14, limits: []Limit{share(920_900_000, 923_500_000, 20)}, listens: true},
}

// PlanOf returns a region's plan; its slices must not be changed. An unknown region is x/work/proof/radio.ErrRegion.
func PlanOf(region proof.Region) (Plan, error) {
	p, err := proof.PlanOf(region)
	if err != nil {
		return Plan{}, err
	}
	g, ok := grants[region]
	if !ok {
		return Plan{}, fmt.Errorf("%w: %s has no transmission limits", proof.ErrRegion, region)
	}
	plan := Plan{
		Region: region, Name: p.Name, BandwidthKHz: p.BandwidthKHz, Spreading: p.Spreading, MaxEIRP: p.MaxEIRP, TransmitEIRP: min(g.eirp, p.MaxEIRP),
		Dwell: time.Duration(p.DwellMicros) * time.Microsecond, Limits: g.limits, Listens: g.listens,
	}
	for _, kHz := range p.Channels {
		hz := kHz * 1000
		if region == proof.RegionIN865 && kHz%10 == 2 { // 865.0625 and 865.4025 MHz
			hz += 500
		}
		plan.Channels = append(plan.Channels, hz)
	}
	return plan, nil
}

// ParseRegion finds a region by its name, like EU868. The error is x/work/proof/radio.ErrRegion.
func ParseRegion(name string) (proof.Region, error) {
	for region := proof.RegionEU868; region <= proof.RegionKR920; region++ {
		if region.String() == name {
			return region, nil
		}
	}
	return 0, fmt.Errorf("%w: %q, must be one of EU868, US915, AS923, AU915, IN865, KR920", proof.ErrRegion, name)
}

// limits returns the limits that count for a frequency.
func (p Plan) limitsOf(hz uint32) []Limit {
	var list []Limit
	for _, l := range p.Limits {
		if hz >= l.LowHz && hz < l.HighHz {
			list = append(list, l)
		}
	}
	return list
}
