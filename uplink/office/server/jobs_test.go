package server_test

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/ota/manifest"
	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/office/server"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/store/storetest"
	"wattkiosk/uplink/wire"
)

// yard is a stage with a rollout to four kiosks that runs, and a clock.
type yard struct {
	*stage
	t  *testing.T
	id string
	at atomic.Int64 // after T0, in ms
}

func (y *yard) now() time.Time {
	return storetest.T0.Add(time.Duration(y.at.Load()) * time.Millisecond)
}

func newYard(t *testing.T) *yard {
	y := &yard{t: t}
	y.stage = startAt(t, y.now)
	y.id = storetest.Started(t, y.books, 4).ID
	return y
}

// job is the next message on a job topic: the kiosk, and its job, nil if it was
// cleared.
func (y *yard) job() (string, *wire.Job) {
	y.t.Helper()
	for {
		select {
		case m := <-y.line.sent:
			kiosk, ok := strings.CutPrefix(strings.TrimSuffix(m.topic, "/job"), "wk/v1/dn/")
			if !ok || !strings.HasSuffix(m.topic, "/job") {
				continue
			}
			if !m.retained {
				y.t.Fatalf("%s is not retained", m.topic)
			}
			if len(m.payload) == 0 {
				return kiosk, nil
			}
			var s wire.Signed
			if err := wire.Decode(m.payload, &s); err != nil {
				y.t.Fatal(err)
			}
			j, err := wire.OpenJob(y.pub, s)
			if err != nil || j.Kiosk != kiosk {
				y.t.Fatalf("%s: %+v, %v", m.topic, j, err)
			}
			return kiosk, &j
		case <-time.After(5 * time.Second):
			y.t.Fatal("no job published")
		}
	}
}

func (y *yard) report(kiosk, id string, phase wire.Phase, code string) {
	y.t.Helper()
	b, err := wire.Encode(wire.JobReport{V: 1, ID: id, Phase: phase, Code: code, From: 41, To: 42, At: 5})
	if err != nil {
		y.t.Fatal(err)
	}
	y.OnMessage(wire.Up(kiosk, wire.ChanJob, id), b)
}

func TestJobsGoOutWaveByWave(t *testing.T) {
	y := newYard(t)
	y.OnUp()
	first := map[string]wire.Job{}
	for range 2 {
		k, j := y.job()
		first[k] = *j
	}
	for k, j := range first {
		var sum manifest.Digest
		if err := sum.UnmarshalText([]byte(strings.Repeat("ab", 32))); err != nil {
			t.Fatal(err)
		}
		want := wire.Job{
			V: 1, Kiosk: k, ID: y.id + "-" + k + "-up", Kind: wire.JobUpdate, Issued: storetest.T0.UnixMilli(), Build: 42, Version: "1.4.0",
			Deadline: storetest.T0.Add(72 * time.Hour).UnixMilli(),
			Bundle:   &wire.JobBundle{URL: "https://office.example/bundles/" + strings.Repeat("ab", 32), Size: 1 << 20, SHA256: sum},
			Window:   wire.Window{From: 60, To: 300}, JitterSeconds: 1800,
		}
		if d := cmp.Diff(want, j); d != "" {
			t.Error(d)
		}
		y.report(k, j.ID, wire.PhaseDownloading, "")
		y.report(k, j.ID, wire.PhaseGood, "")
	}
	for range 2 { // both are cleared
		if k, j := y.job(); j != nil || first[k].ID == "" {
			t.Errorf("%s: %+v", k, j)
		}
	}
	y.at.Store((11 * time.Minute).Milliseconds())
	y.KickJobs()
	for range 2 {
		if k, j := y.job(); j == nil || first[k].ID != "" {
			t.Errorf("%s in the second wave: %+v", k, j)
		}
	}
}

func TestJobsAreSentAgain(t *testing.T) {
	y := newYard(t)
	y.OnUp()
	a, first := y.job()
	b, _ := y.job()
	y.OnUp() // the broker may have forgotten
	for range 2 {
		if k, j := y.job(); j == nil || (k != a && k != b) {
			t.Errorf("%s: %+v", k, j)
		}
	}
	y.at.Store((10 * time.Minute).Milliseconds())
	y.KickJobs()
	k, again := y.job()
	y.job()
	if k == a && again.ID != first.ID {
		t.Errorf("another id: %s, then %s", first.ID, again.ID)
	}
}

func TestAStopTakesJobsBack(t *testing.T) {
	y := newYard(t)
	y.OnUp()
	k, j := y.job()
	y.job()
	if _, err := y.books.OrderRollout(t.Context(), y.id, rollout.Stop, "li", "wrong bundle", y.now()); err != nil {
		t.Fatal(err)
	}
	y.KickJobs()
	for range 2 {
		if k, j := y.job(); j == nil || !j.Withdrawn {
			t.Errorf("%s: %+v", k, j)
		}
	}
	y.report(k, j.ID, wire.PhaseRefused, wire.CodeWithdrawn)
	if c, j := y.job(); c != k || j != nil {
		t.Errorf("%s: %+v", c, j)
	}
}

// watched reports each look at the open jobs, with how many there are.
type watched struct {
	*store.Store
	looks chan int
}

func (w *watched) OpenJobs(ctx context.Context, now time.Time) ([]rollout.OpenJob, error) {
	open, err := w.Store.OpenJobs(ctx, now)
	select {
	case w.looks <- len(open):
	case <-ctx.Done():
	}
	return open, err
}

// TestNoJobsWithoutALine: while the broker takes nothing, one message is tried at each
// look, not one for each kiosk.
func TestNoJobsWithoutALine(t *testing.T) {
	looks := make(chan int)
	s := prepare(t, func() time.Time { return storetest.T0 }, func(c *server.Config) {
		c.Books = &watched{c.Books.(*store.Store), looks}
	})
	s.line.down = true
	storetest.Started(t, s.books, 40)
	s.run(t)
	for n := range 4 {
		s.KickJobs()
		if open := <-looks; open < 2 {
			t.Fatalf("%d open jobs", open)
		}
		if tries := s.line.tries.Load(); tries > int64(n)+1 {
			t.Errorf("%d messages tried with %d looks", tries, n+1)
		}
	}
}

// TestReportsNobodyKnows: a kiosk whose topic holds a job of yesterday is rid of
// it, once it has answered it.
func TestReportsNobodyKnows(t *testing.T) {
	s := start(t)
	s.OnMessage("wk/v1/up/10000001/job/old", []byte(`{"v":1,"id":"old","phase":"good","percent":0,"from":1,"to":2,"at":5}`))
	if m := <-s.line.sent; m.topic != "wk/v1/dn/10000001/job" || len(m.payload) != 0 || !m.retained {
		t.Errorf("%+v", m)
	}
	for _, bad := range []string{`{}`, `{"v":1,"id":"other","phase":"good","percent":0,"from":1,"to":2,"at":5}`, `{"v":1,"id":"old","phase":"gone","percent":0,"from":1,"to":2,"at":5}`} {
		s.OnMessage("wk/v1/up/10000001/job/old", []byte(bad))
	}
	s.OnMessage("wk/v1/up/10000001/req/7", []byte("{}")) // comes after them
	<-s.line.sent
	if n := s.Counters().Bad.Load(); n != 3 {
		t.Errorf("%d bad reports, want 3", n)
	}
}
