package rollout_test

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/wire"
)

var t0 = time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC)

const (
	newBuild = 42
	oldBuild = 41
)

func spec() rollout.Spec {
	s := rollout.Defaults()
	s.Title, s.Bundle = "夜间升级 1.4.0", strings.Repeat("ab", 32)
	return s
}

func bundle() rollout.Bundle {
	return rollout.Bundle{SHA256: strings.Repeat("ab", 32), Size: 1000, Kind: wire.JobUpdate, Board: "qemuarm64", Version: "1.4.0", Build: newBuild}
}

func kiosks(n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprint(10000001 + i)
	}
	return out
}

// house is a rollout with its fleet, and the clock.
type house struct {
	t     *testing.T
	r     rollout.Rollout
	fleet map[string]rollout.Kiosk
	now   time.Time
}

// begin starts a rollout of s to n kiosks.
func begin(t *testing.T, s rollout.Spec, n int) *house {
	t.Helper()
	h := &house{t: t, fleet: map[string]rollout.Kiosk{}, now: t0}
	for _, k := range kiosks(n) {
		h.fleet[k] = rollout.Kiosk{ID: k, SeenAt: t0.UnixMilli(), Board: "qemuarm64", Build: oldBuild}
	}
	var err error
	if h.r, err = rollout.New("r1", s, bundle(), "li", t0); err != nil {
		t.Fatal(err)
	}
	h.order(rollout.Start, "wang", nil)
	return h
}

func (h *house) order(act rollout.Act, by string, want error) {
	h.t.Helper()
	r, err := rollout.Order(h.r, act, by, "why", kiosks(len(h.fleet)), h.now)
	if !errors.Is(err, want) {
		h.t.Fatalf("%s by %s: %v, want %v", act, by, err, want)
	}
	h.r = r
}

// decide goes on until nothing changes.
func (h *house) decide() {
	h.t.Helper()
	for range 40 {
		r, changed := rollout.Decide(h.now, h.r, h.fleet)
		if !changed {
			return
		}
		h.r = r
	}
	h.t.Fatal("it does not come to rest")
}

// after lets time go by; the kiosks are seen meanwhile.
func (h *house) after(d time.Duration) *house {
	h.t.Helper()
	h.now = h.now.Add(d)
	for id, k := range h.fleet {
		k.SeenAt = h.now.UnixMilli()
		h.fleet[id] = k
	}
	h.decide()
	return h
}

// report lets the open jobs of the first n kiosks that have one come to phase.
func (h *house) report(n int, phase wire.Phase, code string) {
	h.t.Helper()
	for i := range h.r.Targets {
		t := &h.r.Targets[i]
		job, to := &t.Up, uint64(newBuild)
		if t.Back.ID != "" {
			job, to = &t.Back, oldBuild
		}
		if n == 0 || job.ID == "" || job.Phase.Final() || job.Phase == phase {
			continue
		}
		rep := wire.JobReport{V: 1, ID: job.ID, Phase: phase, Code: code, From: newBuild + oldBuild - to, To: to}
		*job, _ = job.Reported(rep, h.now.UnixMilli())
		if phase == wire.PhaseGood {
			k := h.fleet[t.Kiosk]
			k.Build, k.Other = rep.To, rep.From
			h.fleet[t.Kiosk] = k
		}
		n--
	}
	h.decide()
}

func (h *house) want(state rollout.State, wave int, code rollout.ReasonCode) {
	h.t.Helper()
	if h.r.State != state || h.r.Wave != wave || h.r.Reason.Code != code {
		h.t.Fatalf("%s in wave %d because %+v; want %s, %d, %q", h.r.State, h.r.Wave, h.r.Reason, state, wave, code)
	}
}

func (h *house) count() rollout.Tally { return h.r.Count(h.now.UnixMilli(), 0, len(h.r.Spec.Waves)) }

func TestRolloutGoesOutInWaves(t *testing.T) {
	h := begin(t, spec(), 40)
	h.decide()
	h.want(rollout.Running, 0, rollout.WhyPerson)
	if c := h.count(); c.InFlight != 2 || c.Waiting != 38 {
		t.Fatalf("5%% of 40: %+v", c)
	}
	h.report(2, wire.PhaseGood, "")
	h.want(rollout.Running, 0, rollout.WhySoaking)
	h.after(24*time.Hour - time.Second)
	h.want(rollout.Running, 0, rollout.WhySoaking)
	h.after(time.Second)
	h.want(rollout.Running, 1, "")
	if c := h.count(); c.Good != 2 || c.InFlight != 8 {
		t.Fatalf("25%% of 40: %+v", c)
	}
	h.report(7, wire.PhaseGood, "")
	h.report(1, wire.PhaseRefused, "data-format") // 9 of 10 are good
	h.want(rollout.RollingBack, 1, rollout.WhySuccess)
}

func TestRolloutEnds(t *testing.T) {
	s := spec()
	s.Waves = []rollout.Wave{{Percent: 50}, {Percent: 100, SoakMinutes: 10}}
	h := begin(t, s, 4)
	h.decide()
	h.report(2, wire.PhaseGood, "")
	h.want(rollout.Running, 1, "")
	h.report(2, wire.PhaseGood, "")
	h.after(10 * time.Minute)
	h.want(rollout.Done, 1, rollout.WhyComplete)
	h.order(rollout.RollBack, "li", nil)
	h.decide()
	h.report(4, wire.PhaseGood, "")
	h.want(rollout.Stopped, 1, rollout.WhyBack)
	if h.r.Reason.Have != 4 || h.r.Reason.Limit != 4 || !h.r.RolledBack {
		t.Errorf("%+v", h.r.Reason)
	}
}

func TestFailuresStop(t *testing.T) {
	s := spec()
	s.AutoRollback, s.Gate.MinSuccess = false, 0
	h := begin(t, s, 100)
	h.decide()
	h.report(2, wire.PhaseFellBack, "no-good")
	h.want(rollout.Running, 0, rollout.WhyPerson)
	h.report(1, wire.PhaseTrial, "")
	h.report(1, wire.PhaseFailed, "no-space")
	h.want(rollout.Stopped, 0, rollout.WhyFailures)
	if h.r.Reason.Have != 3 || h.r.Reason.Limit != 2 {
		t.Errorf("%+v", h.r.Reason)
	}
	for _, x := range h.r.Targets {
		if x.Up.ID != "" && !x.Up.Phase.Final() && !x.Up.Withdrawn {
			t.Errorf("%s was not told", x.Kiosk)
		}
		if x.Wave > 0 && x.Up.ID != "" {
			t.Errorf("%s got a job in wave %d", x.Kiosk, x.Wave)
		}
	}
	h.after(1000 * time.Hour)
	if c := h.count(); c.Waiting != 95 {
		t.Errorf("jobs after the stop: %+v", c)
	}
}

func TestSilenceStops(t *testing.T) {
	s := spec()
	s.Gate.MaxSilent = 0
	h := begin(t, s, 20)
	h.decide()
	h.report(1, wire.PhaseRebooting, "")
	h.after(30 * time.Minute)
	h.want(rollout.Running, 0, rollout.WhyPerson)
	h.after(time.Second)
	h.want(rollout.Stopped, 0, rollout.WhySilent) // on the way through rolling-back: nobody is good, so nobody goes back
	if h.r.Reason.Have != 1 || h.r.Reason.Limit != 0 {
		t.Errorf("%+v", h.r.Reason)
	}
}

func TestWhoIsNeverReachedStopsNothing(t *testing.T) {
	s := spec()
	s.Waves = []rollout.Wave{{Percent: 100}}
	h := begin(t, s, 3)
	h.decide()
	h.report(2, wire.PhaseGood, "")
	h.after(72*time.Hour + 30*time.Minute)
	h.want(rollout.Running, 0, rollout.WhyPerson)
	h.after(time.Second)
	h.want(rollout.Done, 0, rollout.WhyComplete)
	if c := h.count(); c.Missed != 1 || c.Good != 2 {
		t.Errorf("%+v", c)
	}
}

func TestUnseenKiosksHoldTheNextWaveUp(t *testing.T) {
	s := spec()
	s.Gate.MaxSilent = 0
	h := begin(t, s, 20)
	h.decide()
	h.report(1, wire.PhaseGood, "")
	h.now = h.now.Add(24 * time.Hour) // nobody is seen
	h.decide()
	h.want(rollout.Running, 0, rollout.WhyUnseen)
	h.after(time.Minute)
	h.want(rollout.Running, 1, "")
}

func TestSomeGetNoJob(t *testing.T) {
	s := spec()
	s.Waves = []rollout.Wave{{Percent: 100}}
	h := begin(t, s, 6)
	for i, change := range []func(*rollout.Kiosk){
		func(k *rollout.Kiosk) { k.Build = newBuild },
		func(k *rollout.Kiosk) { k.Build = newBuild + 1 },
		func(k *rollout.Kiosk) { k.Board = "rk3566" },
		func(k *rollout.Kiosk) { k.Busy = "r0-x-up" },
		func(k *rollout.Kiosk) { k.Board, k.Build = "", 0 },
	} {
		k := h.fleet[kiosks(6)[i]]
		change(&k)
		h.fleet[k.ID] = k
	}
	delete(h.fleet, "10000006")
	h.decide()
	got := map[string]string{}
	for _, x := range h.r.Targets {
		got[x.Kiosk] = string(x.Standing(t0.UnixMilli(), s.Gate)) + " " + string(x.Skip.Code)
	}
	for kiosk, want := range map[string]string{
		"10000001": "skipped already", "10000002": "skipped newer", "10000003": "skipped board", "10000004": "waiting ",
		"10000005": "in-flight ", "10000006": "skipped not-enrolled",
	} {
		if got[kiosk] != want {
			t.Errorf("%s: %s, want %s", kiosk, got[kiosk], want)
		}
	}
}

func TestWhoCannotGoBackStays(t *testing.T) {
	s := spec()
	s.Waves = []rollout.Wave{{Percent: 100, SoakMinutes: 60}}
	h := begin(t, s, 6)
	h.decide()
	h.report(6, wire.PhaseGood, "")
	at := map[string]*rollout.Target{}
	for i := range h.r.Targets {
		at[h.r.Targets[i].Kiosk] = &h.r.Targets[i]
	}
	set := func(id string, change func(*rollout.Kiosk)) {
		k := h.fleet[id]
		change(&k)
		h.fleet[id] = k
	}
	set("10000001", func(k *rollout.Kiosk) { k.Other = 40 })
	set("10000002", func(k *rollout.Kiosk) { k.Build = 43 })
	set("10000003", func(k *rollout.Kiosk) { k.Build, k.Other = 0, 0 })
	at["10000004"].Up.From = 0
	delete(h.fleet, "10000005")
	h.order(rollout.RollBack, "li", nil)
	h.decide()
	want := map[string]rollout.Reason{
		"10000001": {Code: rollout.StayOther, Have: 40, Limit: oldBuild}, "10000002": {Code: rollout.StayMoved, Have: 43},
		"10000004": {Code: rollout.StayUnknown}, "10000005": {Code: rollout.SkipGone},
	}
	for _, x := range h.r.Targets {
		if x.Stay != want[x.Kiosk] || (x.Stay.Code == "") != (x.Back.ID != "") {
			t.Errorf("%s: stays for %+v, job %q; want %+v", x.Kiosk, x.Stay, x.Back.ID, want[x.Kiosk])
		}
		if x.Back.ID != "" && (x.Back.Kind != wire.JobRollback || x.Back.Build != oldBuild || x.Back.ID != "r1-"+x.Kiosk+"-back") {
			t.Errorf("%s: %+v", x.Kiosk, x.Back)
		}
	}
	h.report(2, wire.PhaseGood, "")
	h.want(rollout.Stopped, 0, rollout.WhyBack)
	if h.r.Reason.Have != 2 || h.r.Reason.Limit != 6 {
		t.Errorf("%+v", h.r.Reason)
	}
}

func TestContentIsNotRolledBack(t *testing.T) {
	s := spec()
	s.Waves, s.Gate.MaxFailures, s.Gate.MinSuccess = []rollout.Wave{{Percent: 100}}, 0, 0
	h := begin(t, s, 2)
	h.r.Bundle.Kind, h.r.Bundle.Board, h.r.Bundle.Build = wire.JobContent, "*", 0
	h.decide()
	if j := h.r.Targets[0].Up; j.Kind != wire.JobContent {
		t.Errorf("%+v", j)
	}
	h.report(1, wire.PhaseGood, "")
	h.report(1, wire.PhaseFailed, "no-space")
	h.want(rollout.Stopped, 0, rollout.WhyFailures)
}

// TestOrders is the truth table of the package comment, row by row.
func TestOrders(t *testing.T) {
	const none = rollout.State("")
	for _, row := range []struct {
		from, start, pause, stop, back rollout.State
	}{
		{rollout.Draft, rollout.Running, none, rollout.Stopped, none},
		{rollout.Running, none, rollout.Paused, rollout.Stopped, rollout.RollingBack},
		{rollout.Paused, rollout.Running, none, rollout.Stopped, rollout.RollingBack},
		{rollout.RollingBack, none, none, rollout.Stopped, none},
		{rollout.Stopped, none, none, none, rollout.RollingBack},
		{rollout.Done, none, none, none, rollout.RollingBack},
	} {
		for act, want := range map[rollout.Act]rollout.State{
			rollout.Start: row.start, rollout.Pause: row.pause, rollout.Stop: row.stop, rollout.RollBack: row.back, "dance": none,
		} {
			r, err := rollout.New("r1", spec(), bundle(), "li", t0)
			if err != nil {
				t.Fatal(err)
			}
			if r.State = row.from; row.from != rollout.Draft {
				r.StartedAt = 5
			}
			got, err := rollout.Order(r, act, "wang", "why", kiosks(3), t0.Add(time.Hour))
			if want == none {
				if !errors.Is(err, rollout.ErrAct) || got.State != row.from {
					t.Errorf("%s %s: %s, %v", row.from, act, got.State, err)
				}
			} else if err != nil || got.State != want || got.Reason != (rollout.Reason{Code: rollout.WhyPerson, By: "wang", Note: "why"}) {
				t.Errorf("%s %s: %s, %+v, %v; want %s", row.from, act, got.State, got.Reason, err, want)
			}
			if slices.Contains(r.May(), act) != (want != none) {
				t.Errorf("%s: %s is offered, or not, wrongly", row.from, act)
			}
		}
	}
}

func TestTwoPeople(t *testing.T) {
	r, err := rollout.New("r1", spec(), bundle(), "li", t0)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := rollout.Order(r, rollout.Start, "li", "", kiosks(3), t0); !errors.Is(err, rollout.ErrTwoPeople) || got.State != rollout.Draft {
		t.Errorf("%s, %v", got.State, err)
	}
	if _, err := rollout.Order(r, rollout.Stop, "li", "", nil, t0); err != nil {
		t.Errorf("its author may drop it: %v", err)
	}
	if r, err = rollout.Order(r, rollout.Stop, "li", "", nil, t0); err != nil {
		t.Fatal(err)
	}
	if _, err := rollout.Order(r, rollout.RollBack, "wang", "", nil, t0); !errors.Is(err, rollout.ErrAct) {
		t.Errorf("rolls back what was never started: %v", err)
	}
}

func TestPlan(t *testing.T) {
	waves := func(w ...rollout.Wave) rollout.Spec {
		s := spec()
		s.Waves = w
		return s
	}
	for _, c := range []struct {
		name    string
		spec    rollout.Spec
		members []string
		want    []int // kiosks of each wave
	}{
		{"5, 25, 100 of 40", spec(), kiosks(40), []int{2, 8, 30}},
		{"of one", spec(), kiosks(1), []int{1, 0, 0}},
		{"of three", spec(), kiosks(3), []int{1, 0, 2}},
		{"doubles", spec(), append(kiosks(40), kiosks(40)...), []int{2, 8, 30}},
		{"named first", waves(rollout.Wave{Kiosks: []string{"10000003", "10000001"}}, rollout.Wave{Percent: 50}, rollout.Wave{Percent: 100}), kiosks(10), []int{2, 3, 5}},
		{"named last", waves(rollout.Wave{Percent: 50}, rollout.Wave{Kiosks: []string{"10000002"}}), kiosks(2), []int{1, 1}},
		{"some stay out", waves(rollout.Wave{Percent: 10}), kiosks(20), []int{2}},
		{"nobody", spec(), nil, nil},
		{"a stranger", waves(rollout.Wave{Kiosks: []string{"20000000"}}), kiosks(3), nil},
	} {
		got, err := rollout.Plan("r1", c.spec, c.members)
		if (err != nil) != (c.want == nil) || (err != nil && !errors.Is(err, rollout.ErrSpec)) {
			t.Errorf("%s: %v", c.name, err)
		}
		if c.want == nil {
			continue
		}
		sizes := make([]int, len(c.spec.Waves))
		seen := map[string]bool{}
		for i, x := range got {
			sizes[x.Wave]++
			if x.Rank != i || seen[x.Kiosk] {
				t.Errorf("%s: %+v at %d", c.name, x, i)
			}
			seen[x.Kiosk] = true
		}
		if !slices.Equal(sizes, c.want) {
			t.Errorf("%s: waves of %v, want %v", c.name, sizes, c.want)
		}
	}
	a, err := rollout.Plan("r1", spec(), kiosks(40))
	if err != nil {
		t.Fatal(err)
	}
	shifted := append(kiosks(40)[7:], kiosks(7)...)
	b, err := rollout.Plan("r1", spec(), shifted)
	if err != nil || !slices.Equal(a, b) {
		t.Errorf("the order of the members counts: %v", err)
	}
	if c, err := rollout.Plan("r2", spec(), kiosks(40)); err != nil || slices.Equal(a, c) {
		t.Errorf("two rollouts have the same order: %v", err)
	}
}

func TestSpecsAreChecked(t *testing.T) {
	for name, change := range map[string]func(*rollout.Spec){
		"no title":       func(s *rollout.Spec) { s.Title = "" },
		"long title":     func(s *rollout.Spec) { s.Title = strings.Repeat("字", 81) },
		"control":        func(s *rollout.Spec) { s.Title = "a\x00b" },
		"bundle":         func(s *rollout.Spec) { s.Bundle = strings.Repeat("AB", 32) },
		"group":          func(s *rollout.Spec) { s.Groups = []string{"a/b"} },
		"groups":         func(s *rollout.Spec) { s.Groups = make([]string, 33) },
		"no waves":       func(s *rollout.Spec) { s.Waves = nil },
		"empty wave":     func(s *rollout.Spec) { s.Waves = []rollout.Wave{{}} },
		"both":           func(s *rollout.Spec) { s.Waves = []rollout.Wave{{Percent: 5, Kiosks: []string{"1"}}} },
		"falling":        func(s *rollout.Spec) { s.Waves = []rollout.Wave{{Percent: 50}, {Percent: 20}} },
		"over 100":       func(s *rollout.Spec) { s.Waves = []rollout.Wave{{Percent: 101}} },
		"named twice":    func(s *rollout.Spec) { s.Waves = []rollout.Wave{{Kiosks: []string{"1"}}, {Kiosks: []string{"1"}}} },
		"soak":           func(s *rollout.Spec) { s.Waves[0].SoakMinutes = 43201 },
		"ratio":          func(s *rollout.Spec) { s.Gate.MinSuccess = 101 },
		"failures":       func(s *rollout.Spec) { s.Gate.MaxFailures = -1 },
		"silent minutes": func(s *rollout.Spec) { s.Gate.SilentMinutes = 0 },
		"window":         func(s *rollout.Spec) { s.Window.From = 1440 },
		"jitter":         func(s *rollout.Spec) { s.JitterSeconds = -1 },
		"rate":           func(s *rollout.Spec) { s.BytesPerSecond = 1 },
		"hours":          func(s *rollout.Spec) { s.JobHours = 0 },
		"in flight":      func(s *rollout.Spec) { s.MaxInFlight = -1 },
	} {
		s := spec()
		change(&s)
		if _, err := rollout.New("r1", s, bundle(), "li", t0); !errors.Is(err, rollout.ErrSpec) {
			t.Errorf("%s: got %v, want ErrSpec", name, err)
		}
	}
	if err := spec().Check(); err != nil {
		t.Error(err)
	}
}

func TestReportsOfAJob(t *testing.T) {
	j := rollout.Job{ID: "a"}
	j, news := j.Reported(wire.JobReport{ID: "b", Phase: wire.PhaseGood}, 5)
	if news || j.Phase != "" {
		t.Errorf("another's report: %+v", j)
	}
	j, news = j.Reported(wire.JobReport{ID: "a", Phase: wire.PhaseFellBack, From: 41, To: 42, At: 3}, 5)
	if !news || j != (rollout.Job{ID: "a", Phase: wire.PhaseFellBack, From: 41, To: 42, KioskAt: 3, ReportedAt: 5}) {
		t.Errorf("%+v", j)
	}
	if _, news = j.Reported(wire.JobReport{ID: "a", Phase: wire.PhaseGood}, 6); news {
		t.Error("a job ends twice")
	}
}
