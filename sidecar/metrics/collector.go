package metrics

import "github.com/prometheus/client_golang/prometheus"

// prefix begins the name of every metric of the sidecar.
const prefix = "joule_sidecar_"

// NewDesc describes a metric of the whole process.
func NewDesc(name, help string, labels ...string) *prometheus.Desc {
	return prometheus.NewDesc(prefix+name, help, labels, nil)
}

// Put shows a value; labels are in the order of the metric's.
type Put func(x float64, labels ...string)

// Value is one metric of a report of type R. Of shows it once, once for each value of its labels, or not at all where
// nothing is known.
type Value[R any] struct {
	Name, Help string
	Kind       prometheus.ValueType
	Labels     []string
	Of         func(r R, put Put)
}

// Number is an Of without labels.
func Number[R any](of func(R) float64) func(R, Put) { return func(r R, put Put) { put(of(r)) } }

// Flag is 1 for true and 0 for false.
func Flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// Collector shows a report, read once a scrape. It implements prometheus.Collector.
type Collector[R any] struct {
	read   func() R
	values []Value[R]
	descs  []*prometheus.Desc
}

// NewCollector shows a report of the whole process.
func NewCollector[R any](read func() R, values ...Value[R]) *Collector[R] {
	return newCollector(nil, read, values)
}

// OfDevice shows a device's report; its name is the label device of each value, so that each device has a collector of
// its own.
func OfDevice[R any](device string, read func() R, values ...Value[R]) *Collector[R] {
	return newCollector(prometheus.Labels{"device": device}, read, values)
}

func newCollector[R any](fixed prometheus.Labels, read func() R, values []Value[R]) *Collector[R] {
	c := &Collector[R]{read: read, values: values}
	for _, v := range values {
		c.descs = append(c.descs, prometheus.NewDesc(prefix+v.Name, v.Help, v.Labels, fixed))
	}
	return c
}

// Describe implements prometheus.Collector.
func (c *Collector[R]) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range c.descs {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c *Collector[R]) Collect(ch chan<- prometheus.Metric) {
	r := c.read()
	for i, v := range c.values {
		v.Of(r, func(x float64, labels ...string) {
			ch <- prometheus.MustNewConstMetric(c.descs[i], v.Kind, x, labels...)
		})
	}
}
