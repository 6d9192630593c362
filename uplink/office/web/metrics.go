package web

import (
	"context"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"wattkiosk/boards/ground/httpgate"
	"wattkiosk/uplink/office/people"
	"wattkiosk/uplink/office/store"
)

const (
	checkTimeout = 2 * time.Second
	namespace    = "wattkiosk"
	subsystem    = "office"
)

type metrics struct {
	reg      *prometheus.Registry
	handler  http.Handler
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	logins   *prometheus.CounterVec
}

func newMetrics(cfg Config) (*metrics, error) {
	m := &metrics{
		reg: cfg.Registry,
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Subsystem: subsystem, Name: "http_requests_total", Help: "HTTP requests by route and status.",
		}, []string{"route", "status"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Namespace: namespace, Subsystem: subsystem, Name: "http_seconds", Help: "Time of HTTP requests by route, event streams excluded.",
			Buckets: []float64{.002, .005, .01, .025, .05, .1, .25, .5, 1, 2.5},
		}, []string{"route"}),
		logins: prometheus.NewCounterVec(prometheus.CounterOpts{
			Namespace: namespace, Subsystem: subsystem, Name: "logins_total", Help: "Logins by result: ok, refused, limited.",
		}, []string{"result"}),
	}
	m.handler = promhttp.HandlerFor(m.reg, promhttp.HandlerOpts{})
	for _, c := range []prometheus.Collector{m.requests, m.seconds, m.logins, booksCollector{cfg.Store, cfg.Now}, newRolloutCollector(cfg.Store), newCashCollector(cfg.Store, cfg.Now)} {
		if err := m.reg.Register(c); err != nil {
			return nil, fmt.Errorf("cannot register metrics: %w", err)
		}
	}
	return m, nil
}

func (m *metrics) clients(count func() int) {
	m.reg.MustRegister(prometheus.NewGaugeFunc(prometheus.GaugeOpts{
		Namespace: namespace, Subsystem: subsystem, Name: "event_streams", Help: "Open event streams of pages.",
	}, func() float64 { return float64(count()) }))
}

// observe counts the requests of one route.
func (m *metrics) observe(route string, next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin := time.Now()
		sw := &statusWriter{ResponseWriter: w, status: http.StatusOK}
		next.ServeHTTP(sw, r)
		m.requests.WithLabelValues(route, strconv.Itoa(sw.status)).Inc()
		if route != api+"/events" {
			m.seconds.WithLabelValues(route).Observe(time.Since(begin).Seconds())
		}
	})
}

type statusWriter struct {
	http.ResponseWriter
	status int
}

func (w *statusWriter) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}

// Unwrap is for http.ResponseController.
func (w *statusWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// booksCollector reads the figures of the books when it is asked.
type booksCollector struct {
	books *store.Store
	now   func() time.Time
}

type figure struct {
	name, help string
	value      func(store.Stats) float64
}

func figures() []figure {
	return []figure{
		{"kiosks", "Enrolled kiosks.", func(s store.Stats) float64 { return float64(s.Kiosks) }},
		{"kiosks_online", "Kiosks online.", func(s store.Stats) float64 { return float64(s.Online) }},
		{"alarms_on", "Alarms that are on.", func(s store.Stats) float64 { return float64(s.AlarmsOn) }},
		{"cases_open", "Open cases.", func(s store.Stats) float64 { return float64(s.OpenCases) }},
		{"cases_open_fen", "Sum of open cases in fen.", func(s store.Stats) float64 { return float64(s.CaseAmount) }},
		{"postings_open", "Postings not at their end.", func(s store.Stats) float64 { return float64(s.OpenPostings) }},
		{"postings_open_fen", "Sum of postings not at their end in fen.", func(s store.Stats) float64 { return float64(s.OpenAmount) }},
	}
}

func (f figure) desc() *prometheus.Desc {
	return prometheus.NewDesc(prometheus.BuildFQName(namespace, subsystem, f.name), f.help, nil, nil)
}

// Describe implements prometheus.Collector.
func (b booksCollector) Describe(c chan<- *prometheus.Desc) {
	for _, f := range figures() {
		c <- f.desc()
	}
}

// Collect implements prometheus.Collector.
func (b booksCollector) Collect(c chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), checkTimeout)
	defer cancel()
	st, err := b.books.Stats(ctx, b.now())
	for _, f := range figures() {
		if err != nil {
			c <- prometheus.NewInvalidMetric(f.desc(), err)
			continue
		}
		c <- prometheus.MustNewConstMetric(f.desc(), prometheus.GaugeValue, f.value(st))
	}
}

// serveMetrics answers this machine, and administrators.
func (s *Server) serveMetrics(w http.ResponseWriter, r *http.Request) {
	if httpgate.Local(address(r)) && !httpgate.ViaProxy(r) && r.Header.Get("X-Forwarded-For") == "" && r.Header.Get("Forwarded") == "" {
		s.metrics.handler.ServeHTTP(w, r)
		return
	}
	s.guard(route{"GET", r.URL.Path, people.ReadFigure, false, s.metrics.handler.ServeHTTP}).ServeHTTP(w, r)
}

// healthz says whether the books can be read.
func (s *Server) healthz(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), checkTimeout)
	defer cancel()
	if _, err := s.cfg.Store.Pulse(ctx); err != nil {
		http.Error(w, "the books cannot be read", http.StatusServiceUnavailable)
		return
	}
	_, _ = w.Write([]byte("ok\n"))
}
