package control

import (
	"context"
	"encoding/json"
	"net/http"
	"runtime"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"wattkiosk/firmware/boardkey"
	"wattkiosk/firmware/kiosk"
	"wattkiosk/payments/cassette"
	"wattkiosk/payments/record"
	"wattkiosk/uplink/wire"
)

// inspectTTL bounds a look at the core.
const inspectTTL = 2 * time.Second

// Status is the kiosk at a glance: kioskctl status, and the readiness check.
type Status struct {
	Kiosk        string           `json:"kiosk"`
	Version      string           `json:"version"`
	Board        string           `json:"board,omitempty"`
	Build        uint64           `json:"build,omitempty"`       // that runs, by the update agent; 0 where there is none
	Other        uint64           `json:"other_build,omitempty"` // in the slot that does not run, as far as the agent knows
	Site         string           `json:"site,omitempty"`        // where the kiosk stands, by its settings
	Address      string           `json:"address,omitempty"`     // of the site
	Boot         uint32           `json:"boot"`
	Ready        bool             `json:"ready"` // devices were heard and the journal takes records
	Screen       string           `json:"screen"`
	Blocks       []string         `json:"blocks"`
	Warnings     []string         `json:"warnings,omitempty"` // what is wrong and blocks nothing
	Online       bool             `json:"online"`
	Cash         cassette.Account `json:"cash"`
	Open         []string         `json:"open"` // serials without an end
	Head         record.Head      `json:"head"`
	Acknowledged uint64           `json:"acknowledged"`
	Paper        string           `json:"paper"`
	SlipsLeft    int              `json:"slips_left,omitempty"`       // forecast; 0 = none left, or no forecast
	Celsius      *float64         `json:"celsius,omitempty"`          // inside the cabinet; absent when not known
	Keys         boardkey.Way     `json:"keys,omitempty"`             // how the keys are kept: the weakest of them
	KeysError    string           `json:"keys_error,omitempty"`       // why they do not open: the kiosk is out of service
	Certificate  int64            `json:"certificate_ends,omitempty"` // Unix ms, of the one that the next connection shows; 0 = none, or it cannot be read

	Tenders map[string]any `json:"tenders,omitempty"` // what the station of a tender, or the card desk, tells technicians
}

// Chain is what Status says of the journal.
type Chain interface {
	Head() record.Head
	Acknowledged() uint64
}

// Core runs a look at the kiosk's core on the goroutine that owns it.
type Core interface {
	Inspect(ctx context.Context, f func(*kiosk.Core)) error
}

// Look looks at the core and the journal. The error is that of a core that does not
// answer in time; the status then says what is known without it.
func Look(ctx context.Context, core Core, kioskID, version string, j Chain) (Status, error) {
	ctx, cancel := context.WithTimeout(ctx, inspectTTL)
	defer cancel()
	s := Status{Kiosk: kioskID, Version: version, Head: j.Head(), Acknowledged: j.Acknowledged(), Open: []string{}}
	err := core.Inspect(ctx, func(c *kiosk.Core) {
		k := c.Status()
		s.Boot = k.Boot
		s.Screen = string(c.View().Screen)
		s.Blocks, s.Warnings = k.Blocks, k.Warnings
		s.Online = k.Linked
		s.Cash, s.Tenders = k.Cash, k.Tenders
		s.Paper, s.SlipsLeft = k.Printer.Paper.String(), k.Printer.SlipsLeft
		for _, t := range k.Open {
			s.Open = append(s.Open, t.Serial)
		}
	})

	if s.Blocks == nil {
		s.Blocks = []string{}
	}

	s.Ready = err == nil && !slices.Contains(s.Blocks, "starting") && !slices.Contains(s.Blocks, "journal")
	return s, err
}

// Wire is the status as head office gets it.
func (s Status) Wire() wire.State {
	return wire.State{
		V: wire.Version, Online: true, Version: s.Version, Boot: s.Boot, Screen: s.Screen, Services: []string{"pay-bill"},
		Alarms: slices.Concat(s.Blocks, s.Warnings), Cash: s.Cash.Total, Notes: s.Cash.Notes, Head: s.Head.Seq, Paper: s.Paper,
		Board: s.Board, Build: s.Build, Other: s.Other, Site: s.Site, Address: s.Address, Keys: string(s.Keys),
	}
}

// AddStatus adds /healthz, /readyz, /status and /metrics to a mux; more is what
// /metrics has beside the status.
func AddStatus(mux *http.ServeMux, status func(context.Context) (Status, error), more ...prometheus.Collector) {
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, r *http.Request) {
		if _, err := status(r.Context()); err != nil {
			http.Error(w, "the loop does not answer", http.StatusServiceUnavailable)
			return
		}
		_, _ = w.Write([]byte("ok\n"))
	})

	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		s, err := status(r.Context())
		if err != nil || !s.Ready {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		writeJSON(w, s)
	})

	mux.HandleFunc("GET /status", func(w http.ResponseWriter, r *http.Request) {
		s, err := status(r.Context())
		if err != nil {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
		writeJSON(w, s)
	})

	reg := prometheus.NewRegistry()
	reg.MustRegister(&gauges{status})
	reg.MustRegister(more...)
	mux.Handle("GET /metrics", promhttp.HandlerFor(reg, promhttp.HandlerOpts{}))
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	_ = e.Encode(v) // the client has gone: nobody to tell
}

// gauges turns a Status into metrics at each scrape.
type gauges struct {
	status func(context.Context) (Status, error)
}

var (
	descReady   = prometheus.NewDesc("wattkiosk_ready", "1 when the kiosk can take money.", nil, nil)
	descOnline  = prometheus.NewDesc("wattkiosk_online", "1 when the broker can be reached.", nil, nil)
	descCash    = prometheus.NewDesc("wattkiosk_cassette_fen", "Cash in the cassette by the journal, in fen.", nil, nil)
	descNotes   = prometheus.NewDesc("wattkiosk_cassette_notes", "Notes in the cassette by the journal.", nil, nil)
	descHead    = prometheus.NewDesc("wattkiosk_journal_head", "Last sequence number of the journal.", nil, nil)
	descBacklog = prometheus.NewDesc("wattkiosk_outbox_backlog", "Records that head office has not acknowledged.", nil, nil)
	descThreads = prometheus.NewDesc("wattkiosk_goroutines", "Goroutines of the program.", nil, nil)
	descHeap    = prometheus.NewDesc("wattkiosk_heap_bytes", "Bytes of live and unswept objects.", nil, nil)
	descSlips   = prometheus.NewDesc("wattkiosk_slips_left", "Slips that the rest of the roll is good for, by forecast; absent without a forecast.", nil, nil)
	descOpen    = prometheus.NewDesc("wattkiosk_open_transactions", "Transactions without an end.", nil, nil)
)

// Describe implements prometheus.Collector.
func (g *gauges) Describe(c chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{descReady, descOnline, descCash, descNotes, descHead, descBacklog, descOpen, descSlips, descThreads, descHeap} {
		c <- d
	}
}

// Collect implements prometheus.Collector.
func (g *gauges) Collect(c chan<- prometheus.Metric) {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	c <- prometheus.MustNewConstMetric(descThreads, prometheus.GaugeValue, float64(runtime.NumGoroutine()))
	c <- prometheus.MustNewConstMetric(descHeap, prometheus.GaugeValue, float64(m.HeapAlloc))
	s, err := g.status(context.Background())
	if err != nil {
		c <- prometheus.MustNewConstMetric(descReady, prometheus.GaugeValue, 0)
		return
	}

	put := func(d *prometheus.Desc, v float64) { c <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	put(descReady, flag(s.Ready && len(s.Blocks) == 0))
	put(descOnline, flag(s.Online))
	put(descCash, float64(s.Cash.Total))
	put(descNotes, float64(s.Cash.Notes))
	put(descHead, float64(s.Head.Seq))
	put(descBacklog, float64(s.Head.Seq-min(s.Acknowledged, s.Head.Seq)))
	put(descOpen, float64(len(s.Open)))
	if s.SlipsLeft > 0 {
		put(descSlips, float64(s.SlipsLeft))
	}
}

func flag(b bool) float64 {
	if b {
		return 1
	}
	return 0
}
