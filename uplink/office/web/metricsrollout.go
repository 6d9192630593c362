package web

import (
	"context"

	"github.com/prometheus/client_golang/prometheus"

	"wattkiosk/uplink/office/store"
)

// rolloutCollector reads how far the rollouts are that have something to do.
type rolloutCollector struct {
	books  *store.Store
	kiosks *prometheus.Desc
}

func newRolloutCollector(books *store.Store) rolloutCollector {
	return rolloutCollector{books, prometheus.NewDesc(prometheus.BuildFQName(namespace, subsystem, "rollout_kiosks"),
		"Kiosks of active rollouts, by the phase of their last report, or waiting, sent, skipped.", []string{"rollout", "state", "phase"}, nil)}
}

// Describe implements prometheus.Collector.
func (c rolloutCollector) Describe(out chan<- *prometheus.Desc) { out <- c.kiosks }

// Collect implements prometheus.Collector.
func (c rolloutCollector) Collect(out chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), checkTimeout)
	defer cancel()
	active, err := c.books.ActiveRollouts(ctx)
	var counts map[string]map[string]int64
	if err == nil && len(active) > 0 {
		counts, err = c.books.RolloutCounts(ctx)
	}
	if err != nil {
		out <- prometheus.NewInvalidMetric(c.kiosks, err)
		return
	}
	for _, r := range active {
		for phase, n := range counts[r.ID] {
			out <- prometheus.MustNewConstMetric(c.kiosks, prometheus.GaugeValue, float64(n), r.ID, string(r.State), phase)
		}
	}
}
