package updater

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"
	"time"

	"wattkiosk/ota/manifest"
	"wattkiosk/ota/slot"
	"wattkiosk/ota/update"
	"wattkiosk/uplink/wire"
)

func sample() record {
	return newRecord(wire.Job{
		V: 1, Kiosk: kiosk, ID: "r1-1", Kind: wire.JobUpdate, Issued: 1, Deadline: 1_000_000, Build: 8,
		Bundle: &wire.JobBundle{URL: "https://office/bundles/8", Size: 5, SHA256: manifest.Digest{1}}, JitterSeconds: 100,
	}, 7, time.UnixMilli(1000), 0.25)
}

func TestRecord(t *testing.T) {
	r := sample()
	if r.FetchAt != 26_000 || r.Report.Phase != wire.PhaseOffered || r.Report.From != 7 || r.Report.To != 8 || r.by() != "job r1-1" {
		t.Errorf("%+v", r)
	}
	data, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if back, err := decodeRecord(data); err != nil || !reflect.DeepEqual(*back, r) {
		t.Errorf("%+v, %v", back, err)
	}
	for _, bad := range []string{"", "{}", "null", strings.Replace(string(data), `"v":1`, `"v":2`, 1), strings.Replace(string(data), "offered", "x", 1), strings.Replace(string(data), `"id":"r1-1","phase"`, `"id":"r2-1","phase"`, 1)} {
		if _, err := decodeRecord([]byte(bad)); err == nil {
			t.Errorf("%.60s is a record", bad)
		}
	}
}

func FuzzRecord(f *testing.F) {
	data, err := json.Marshal(sample())
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		if r, err := decodeRecord(data); err == nil && (r.Job.Check() != nil || r.Report.Check() != nil) {
			t.Errorf("%+v", r)
		}
	})
}

func TestDetail(t *testing.T) {
	for in, want := range map[string]string{"a\nb\x00c": "a b c", "x\xff": "x?", strings.Repeat("证", 300): strings.Repeat("证", 166)} {
		if got := detail(in); got != want {
			t.Errorf("%.20q: %q", in, got)
		}
	}
}

// TestDecide has a row for each row of decide's comment.
func TestDecide(t *testing.T) {
	base := time.UnixMilli(30_000)
	mine := &update.Pending{By: "job r1-1"}
	theirs := &update.Pending{By: "stick 7"}
	is := func(r record, change func(*record)) record {
		if change != nil {
			change(&r)
		}
		return r
	}
	phase := func(p wire.Phase) func(*record) { return func(r *record) { r.Report.Phase = p } }
	for _, c := range []struct {
		name   string
		record func(*record)
		facts  facts
		want   decision
	}{
		{"on trial", nil, facts{pending: mine, trial: true}, decision{act: actWait, phase: wire.PhaseTrial}},
		{"on trial, withdrawn and late", func(r *record) { r.Job.Withdrawn = true; r.Job.Deadline = 2 }, facts{pending: mine, trial: true, known: true}, decision{act: actWait, phase: wire.PhaseTrial}},
		{"armed, no window", nil, facts{pending: mine, armed: true}, decision{act: actWait, phase: wire.PhaseArmed}},
		{"armed, window", nil, facts{pending: mine, armed: true, window: true}, decision{act: actRestart, phase: wire.PhaseArmed}},
		{"armed, restarted in vain", func(r *record) { r.Restarts = 3 }, facts{pending: mine, armed: true, window: true}, decision{act: actEnd, phase: wire.PhaseFailed, code: "not-restarted"}},
		{"tried, not settled", phase(wire.PhaseRebooting), facts{pending: mine}, decision{act: actWait, phase: wire.PhaseRebooting}},
		{"good", nil, facts{ended: &update.Entry{What: "good"}, mode: slot.Trial}, decision{act: actEnd, phase: wire.PhaseGood}},
		{"gates failed, still runs", nil, facts{ended: &update.Entry{What: "fell-back", Build: 8}, mode: slot.Trial, running: 8}, decision{act: actWait, phase: wire.PhaseTrial}},
		{"fell back", nil, facts{ended: &update.Entry{What: "fell-back", Build: 8, Code: "gates"}, mode: slot.Good, running: 7}, decision{act: actEnd, phase: wire.PhaseFellBack, code: "gates"}},
		{"withdrawn", func(r *record) { r.Job.Withdrawn = true }, facts{staged: true, window: true}, decision{act: actEnd, phase: wire.PhaseRefused, code: "withdrawn"}},
		{"late", func(r *record) { r.Job.Deadline = 30_000 }, facts{known: true}, decision{act: actEnd, phase: wire.PhaseRefused, code: "deadline"}},
		{"late, begun", func(r *record) { r.Job.Deadline = 30_000; r.Report.Phase = wire.PhaseWriting }, facts{known: true}, decision{act: actEnd, phase: wire.PhaseFailed, code: "deadline"}},
		{"late, by nobody's word", func(r *record) { r.Job.Deadline = 30_000 }, facts{}, decision{act: actFetch, phase: wire.PhaseDownloading}},
		{"another's is pending", nil, facts{pending: theirs, known: true}, decision{act: actWait, phase: wire.PhaseOffered}},
		{"another's is on trial", nil, facts{trial: true, known: true}, decision{act: actWait, phase: wire.PhaseOffered}},
		{"runs already", nil, facts{running: 8}, decision{act: actEnd, phase: wire.PhaseGood}},
		{"staged, no window", phase(wire.PhaseWriting), facts{staged: true}, decision{act: actWait, phase: wire.PhaseWriting}},
		{"staged, window", phase(wire.PhaseWriting), facts{staged: true, window: true}, decision{act: actRestart, phase: wire.PhaseWriting}},
		{"jitter", func(r *record) { r.FetchAt = 30_001 }, facts{}, decision{act: actWait, phase: wire.PhaseOffered}},
		{"jitter of another time", func(r *record) { r.FetchAt = 1_000_000 }, facts{}, decision{act: actFetch, phase: wire.PhaseDownloading}},
		{"fetch", nil, facts{running: 7}, decision{act: actFetch, phase: wire.PhaseDownloading}},
		{"fetch again", phase(wire.PhaseWriting), facts{running: 7}, decision{act: actFetch, phase: wire.PhaseWriting}},
		{"content", func(r *record) { r.Job.Kind = wire.JobContent }, facts{content: true}, decision{act: actContent, phase: wire.PhaseDownloading}},
		{"content for nobody", func(r *record) { r.Job.Kind = wire.JobContent }, facts{}, decision{act: actEnd, phase: wire.PhaseRefused, code: "not-supported"}},
		{"rollback", func(r *record) { r.Job.Kind = wire.JobRollback }, facts{window: true}, decision{act: actRestart, phase: wire.PhaseOffered}},
	} {
		c.facts.now = base
		got := decide(is(sample(), c.record), c.facts)
		if got.act == actWait && got.wait <= 0 {
			t.Errorf("%s: no wait", c.name)
		}
		if got.wait, got.percent, got.detail = 0, 0, ""; got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// TestMoments: a lost clock is replaced by what head office said.
func TestMoments(t *testing.T) {
	c := newClock()
	office := c.Now()
	c.trusted, c.wall = false, time.Unix(1000, 0)
	m := newMoments(c, office.Add(-time.Hour))
	if now, known := m.now(); known || !now.Equal(office.Add(-time.Hour)) {
		t.Errorf("%v %v", now, known)
	}
	m.hear(office)
	c.pass(time.Minute)
	if now, known := m.now(); !known || !now.Equal(office.Add(time.Minute)) {
		t.Errorf("%v %v", now, known)
	}
	m.hear(office) // an old message again
	if now, known := m.now(); !known || !now.Equal(office.Add(time.Minute)) {
		t.Errorf("%v %v", now, known)
	}
	c.trusted, c.wall = true, office.Add(time.Hour)
	if now, known := m.now(); !known || !now.Equal(office.Add(time.Hour)) {
		t.Errorf("%v %v", now, known)
	}
}
