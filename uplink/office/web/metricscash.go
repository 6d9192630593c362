package web

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"wattkiosk/uplink/office/cash"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
)

// cashCollector reads where notes are when it is asked. A kiosk of which something is not
// known has no figure of that.
type cashCollector struct {
	books *store.Store
	now   func() time.Time

	fen, notes, doubt, fill, fullIn, phases *prometheus.Desc
}

func newCashCollector(books *store.Store, now func() time.Time) cashCollector {
	desc := func(name, help, label string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(namespace, subsystem, name), help, []string{label}, nil)
	}

	return cashCollector{
		books, now,
		desc("cassette_fen", "Notes of a known value in the cassette, in fen.", "kiosk"),
		desc("cassette_notes", "Notes in the cassette.", "kiosk"),
		desc("cassette_doubt_notes", "Notes that nobody can place, and that may be in the cassette.", "kiosk"),
		desc("cassette_fill_ratio", "How full the cassette is; none where its capacity is not known.", "kiosk"),
		desc("cassette_full_in_days", "Days until the cassette is full; none where that is not known.", "kiosk"),
		desc("collected_fen", "Cash on its way from kiosks to the bank, by where it is, in fen.", "phase"),
	}
}

// Describe implements prometheus.Collector.
func (c cashCollector) Describe(ch chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{c.fen, c.notes, c.doubt, c.fill, c.fullIn, c.phases} {
		ch <- d
	}
}

// Collect implements prometheus.Collector.
func (c cashCollector) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), checkTimeout)
	defer cancel()
	if err := c.cassettes(ctx, ch); err != nil {
		ch <- prometheus.NewInvalidMetric(c.fen, err)
	}
	if err := c.onTheWay(ctx, ch); err != nil {
		ch <- prometheus.NewInvalidMetric(c.phases, err)
	}
}

func (c cashCollector) cassettes(ctx context.Context, ch chan<- prometheus.Metric) error {
	rows, err := c.books.Cash.Positions(ctx)
	if err != nil {
		return err
	}
	forecasts, err := c.books.Cash.Forecasts(ctx, rows, c.now())
	if err != nil {
		return err
	}
	for _, p := range rows {
		gauge := func(d *prometheus.Desc, v float64) {
			ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, p.Kiosk)
		}
		gauge(c.fen, float64(p.Sum()))
		gauge(c.notes, float64(p.Notes()))
		gauge(c.doubt, float64(p.Account.Doubts))
		if p.Capacity > 0 {
			gauge(c.fill, float64(p.Notes())/float64(p.Capacity))
		}
		if days, known := forecasts[p.Kiosk]; known {
			gauge(c.fullIn, float64(days))
		}
	}

	return nil
}

func (c cashCollector) onTheWay(ctx context.Context, ch chan<- prometheus.Metric) error {
	for _, phase := range []cash.Phase{cash.InTransit, cash.Received, cash.Remitted} {
		rows, err := c.books.Cash.Collections(ctx, cash.Filter{Phase: phase, Limit: stored.MaxList})
		if err != nil {
			return err
		}
		sum := 0.0
		for _, x := range rows {
			if phase == cash.InTransit {
				sum += float64(x.Carried())
			} else {
				sum += float64(x.Vaulted())
			}
		}
		ch <- prometheus.MustNewConstMetric(c.phases, prometheus.GaugeValue, sum, string(phase))
	}

	return nil
}
