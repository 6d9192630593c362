package web

import (
	"slices"
	"testing"
	"time"
)

// BenchmarkRequests asks as a person who is logged in, one request after another over loopback,
// and reports the median and the 99th percentile of how long an answer takes.
func BenchmarkRequests(b *testing.B) {
	w, serials := morning(b)
	d := openDesk(b, w, nil)
	c := d.as("wang")
	for _, asked := range [][2]string{{"page", "/transactions/" + serials["posted"]}, {"overview", "/"}, {"api", "/api/v1/transactions/" + serials["posted"]}} {
		path := asked[1]
		b.Run(asked[0], func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				began := time.Now()
				if status, body := d.call(c, "GET", path, nil); status != 200 {
					b.Fatalf("%s: %d %s", path, status, body)
				}
				took = append(took, time.Since(began))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)/2].Microseconds()), "µs/p50")
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds()), "µs/p99")
		})
	}
}
