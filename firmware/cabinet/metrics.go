package cabinet

import "github.com/prometheus/client_golang/prometheus"

// Metrics of the cabinet.
var (
	descCelsius = prometheus.NewDesc("wattkiosk_cabinet_celsius", "Temperature inside the cabinet; absent when it is not known.", nil, nil)
	descFed     = prometheus.NewDesc("wattkiosk_watchdog_fed_total", "Times the watchdogs were fed.", nil, nil)
	descStarved = prometheus.NewDesc("wattkiosk_watchdog_starved_total", "Times the watchdogs were not fed, because a part made no progress.", nil, nil)
	descStills  = prometheus.NewDesc("wattkiosk_stills_total", "Pictures ordered, by what became of them.", []string{"outcome"}, nil)
	descPrompts = prometheus.NewDesc("wattkiosk_prompts_total", "Spoken prompts, by what became of them.", []string{"outcome"}, nil)
)

// Describe implements prometheus.Collector.
func (c *Cabinet) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descCelsius, descFed, descStarved, descStills, descPrompts} {
		to <- d
	}
}

// Collect implements prometheus.Collector. What the kiosk does not have is absent.
func (c *Cabinet) Collect(to chan<- prometheus.Metric) {
	count := func(d *prometheus.Desc, n uint64, labels ...string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(n), labels...)
	}

	if m, known := c.climate.Last(); known {
		to <- prometheus.MustNewConstMetric(descCelsius, prometheus.GaugeValue, float64(m)/1000)
	}

	if _, ok := c.watchdog.Health(); ok {
		fed, starved := c.watchdog.Counts()
		count(descFed, fed)
		count(descStarved, starved)
	}

	if _, ok := c.camera.Health(); ok {
		n := c.camera.Counts()
		count(descStills, n.Taken, "taken")
		count(descStills, n.Failed, "failed")
		count(descStills, n.Missed, "missed")
	}

	if _, ok := c.speaker.Health(); ok {
		n := c.speaker.Counts()
		count(descPrompts, n.Said, "said")
		count(descPrompts, n.Missing, "missing")
		count(descPrompts, n.Failed, "failed")
		count(descPrompts, n.Quiet, "quiet")
	}
}
