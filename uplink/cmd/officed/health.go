package main

import (
	"context"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"wattkiosk/payments/mis"
	"wattkiosk/uplink/mqttlink"
)

const (
	healthTimeout = 3 * time.Second
	metricPrefix  = "wattkiosk_office_"
)

// routes is the pages, and what machines ask about this process.
func (h *house) routes(link *mqttlink.Link) http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), healthTimeout)
		defer cancel()
		if _, err := h.books.Pulse(ctx); err != nil {
			http.Error(w, "the books cannot be read", http.StatusServiceUnavailable)
			return
		}
		if !link.Up() { // no kiosk is served
			http.Error(w, "the broker cannot be reached", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
		_, _ = w.Write([]byte("ok\n"))
	})
	h.addMetrics(link)
	mux.Handle("/", h.parts.pages) // they serve the metrics, to who may see them

	return mux
}

// addMetrics adds to those of the pages and of the books what the server counts, which is
// only named here.
func (h *house) addMetrics(link *mqttlink.Link) {
	reg := h.parts.metrics
	reg.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	c := h.server.Counters()
	for _, m := range []struct {
		name, help string
		from       *atomic.Int64
	}{
		{"batches_total", "Record batches received.", &c.Batches},
		{"acks_total", "Acknowledgements published.", &c.Acks},
		{"refused_total", "Record batches refused.", &c.Refused},
		{"requests_total", "Requests received.", &c.Requests},
		{"replies_total", "Replies published.", &c.Replies},
		{"reports_total", "State messages kept.", &c.Reports},
		{"dropped_total", "Messages dropped because a queue was full.", &c.Dropped},
		{"bad_total", "Messages that could not be read.", &c.Bad},
		{"jobs_total", "Jobs published.", &c.Jobs},
		{"rosters_total", "Rosters of technicians published.", &c.Rosters},
		{"job_reports_total", "Reports about jobs received.", &c.JobReports},
	} {
		reg.MustRegister(prometheus.NewCounterFunc(prometheus.CounterOpts{Name: metricPrefix + m.name, Help: m.help},
			func() float64 { return float64(m.from.Load()) }))
	}
	reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: metricPrefix + "link_up", Help: "Whether the broker is reached."}, func() float64 {
		if link.Up() {
			return 1
		}
		return 0
	}))
	h.wayMetrics(reg)
}

// wayMetrics are how the ways to the other systems are, by system.
func (h *house) wayMetrics(reg *prometheus.Registry) {
	for name, system := range map[string]mis.System{"mis": mis.MIS, "card-system": mis.CardSystem} {
		labels := prometheus.Labels{"system": name}
		reg.MustRegister(
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: metricPrefix + "system_away", Help: "Whether calls in a row had no answer.", ConstLabels: labels}, func() float64 {
				if h.gateway.Way(system).Away {
					return 1
				}
				return 0
			}),
			prometheus.NewGaugeFunc(prometheus.GaugeOpts{Name: metricPrefix + "system_calls", Help: "Calls under way, look-ups excluded.", ConstLabels: labels},
				func() float64 { return float64(h.gateway.Way(system).UnderWay) }),
			prometheus.NewCounterFunc(prometheus.CounterOpts{Name: metricPrefix + "system_answered_total", Help: "Calls that were answered.", ConstLabels: labels},
				func() float64 { return float64(h.gateway.Way(system).Answered) }),
			prometheus.NewCounterFunc(prometheus.CounterOpts{Name: metricPrefix + "system_silent_total", Help: "Calls that had no answer.", ConstLabels: labels},
				func() float64 { return float64(h.gateway.Way(system).Silent) }),
		)
	}
}
