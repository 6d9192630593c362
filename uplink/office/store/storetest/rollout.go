package storetest

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"wattkiosk/uplink/office/books"
	"wattkiosk/uplink/office/fleet"
	"wattkiosk/uplink/office/rollout"
	"wattkiosk/uplink/office/store"
	"wattkiosk/uplink/office/stored"
	"wattkiosk/uplink/wire"
)

// Bundle is a bundle of build 42 for the board qemuarm64.
func Bundle() rollout.StoredBundle {
	return rollout.StoredBundle{
		Bundle: rollout.Bundle{
			SHA256: strings.Repeat("ab", 32), Size: 1 << 20, Kind: wire.JobUpdate, Board: "qemuarm64", Version: "1.4.0", Build: 42,
		},
		Product: "wattkiosk", Floor: 40, Expires: T0.Add(1000 * time.Hour).UnixMilli(), Notes: "修复",
	}
}

// Spec is a rollout of Bundle to everybody, half of them first.
func Spec() rollout.Spec {
	s := rollout.Defaults()
	s.Title, s.Bundle = "1.4.0 试点", Bundle().SHA256
	s.Waves = []rollout.Wave{{Percent: 50, SoakMinutes: 10}, {Percent: 100}}
	return s
}

// Fleet enrols n kiosks from 10000001 on, which run build 41.
func Fleet(t testing.TB, s *store.Store, n int) {
	t.Helper()
	for i := range n {
		id := fmt.Sprint(10000001 + i)
		if _, err := s.Register(t.Context(), id, 0, T0); err != nil {
			t.Fatal(err)
		}
		Runs(t, s, id, 41, 0, T0)
	}
}

// Runs has a kiosk say what it runs, and what its other slot holds.
func Runs(t testing.TB, s *store.Store, kiosk string, build, other uint64, now time.Time) {
	t.Helper()
	report := fmt.Sprintf(`{"v":1,"online":true,"board":"qemuarm64","build":%d,"other_build":%d}`, build, other)
	if _, err := s.SaveReports(t.Context(), []fleet.Report{{Kiosk: kiosk, Online: true, Live: true, Text: report, At: now}}); err != nil {
		t.Fatal(err)
	}
}

// Started is a rollout of Spec that is running, in a fleet of n.
func Started(t testing.TB, s *store.Store, n int) rollout.Rollout {
	t.Helper()
	Fleet(t, s, n)
	if _, err := s.AddBundle(t.Context(), Bundle(), "li", T0); err != nil {
		t.Fatal(err)
	}
	r, err := s.CreateRollout(t.Context(), Spec(), "li", T0)
	if err != nil {
		t.Fatal(err)
	}
	if r, err = s.OrderRollout(t.Context(), r.ID, rollout.Start, "wang", "批准", T0); err != nil {
		t.Fatal(err)
	}
	return r
}

func groups(t *testing.T, s *store.Store) {
	Fleet(t, s, 3)
	b, err := s.AddBundle(t.Context(), Bundle(), "li", T0)
	check(t, err)
	again, err := s.AddBundle(t.Context(), Bundle(), "wang", T0.Add(time.Hour))
	check(t, err)
	if b.UploadedBy != "li" || again != b {
		t.Errorf("%+v, then %+v", b, again)
	}
	have, err := s.Bundle(t.Context(), b.SHA256)
	check(t, err)
	all, err := s.Bundles(t.Context(), 10)
	check(t, err)
	if have != b || len(all) != 1 || all[0] != b {
		t.Errorf("%+v in %+v", have, all)
	}
	if _, err := s.Bundle(t.Context(), "x"); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("no bundle: %v", err)
	}
	check(t, s.SetGroup(t.Context(), "pilot", []string{"10000003", "10000001", "10000003"}, "li", T0))
	check(t, s.SetGroup(t.Context(), "east", []string{"10000002"}, "li", T0))
	check(t, s.SetGroup(t.Context(), "old", []string{"10000002"}, "li", T0))
	check(t, s.SetGroup(t.Context(), "old", nil, "li", T0))
	if err := s.SetGroup(t.Context(), "pilot", []string{"10000009"}, "li", T0); !errors.Is(err, books.ErrUnknown) {
		t.Errorf("a stranger: %v", err)
	}
	if err := s.SetGroup(t.Context(), "a/b", []string{"10000001"}, "li", T0); !errors.Is(err, rollout.ErrSpec) {
		t.Errorf("a name: %v", err)
	}
	got, err := s.Groups(t.Context())
	check(t, err)
	want := []rollout.Group{{Name: "east", Kiosks: []string{"10000002"}}, {Name: "pilot", Kiosks: []string{"10000001", "10000003"}}}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	spec := Spec()
	spec.Groups = []string{"pilot", "nobody"}
	r, err := s.CreateRollout(t.Context(), spec, "li", T0)
	check(t, err)
	if _, err := s.OrderRollout(t.Context(), r.ID, rollout.Start, "wang", "", T0); !errors.Is(err, rollout.ErrSpec) {
		t.Errorf("an empty group: %v", err)
	}
	spec.Groups = []string{"pilot"}
	if r, err = s.CreateRollout(t.Context(), spec, "li", T0); err != nil || r.ID != "r20261123-2" {
		t.Errorf("%s, %v", r.ID, err)
	}
	r, err = s.OrderRollout(t.Context(), r.ID, rollout.Start, "wang", "", T0)
	check(t, err)
	if len(r.Targets) != 2 {
		t.Errorf("%+v", r.Targets)
	}
	spec.Bundle = strings.Repeat("cd", 32)
	if _, err := s.CreateRollout(t.Context(), spec, "li", T0); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("no bundle: %v", err)
	}
}

// deliver lets every open job come to its end.
func deliver(t *testing.T, s *store.Store, now time.Time) int {
	t.Helper()
	jobs, err := s.OpenJobs(t.Context(), now)
	check(t, err)
	for _, j := range jobs {
		from := uint64(83) - j.Build
		for _, phase := range []wire.Phase{wire.PhaseDownloading, wire.PhaseGood} {
			rep := wire.JobReport{V: 1, ID: j.ID, Phase: phase, Percent: 50, From: from, To: j.Build, At: 5}
			id, news, err := s.SaveJobReport(t.Context(), j.Kiosk, rep, now)
			if err != nil || !news || id != j.Rollout.ID {
				t.Errorf("%s: %s, %t, %v", j.ID, id, news, err)
			}
			if _, news, err = s.SaveJobReport(t.Context(), j.Kiosk, rep, now); phase == wire.PhaseGood && (news || err != nil) {
				t.Errorf("%s again: %t, %v", j.ID, news, err)
			}
		}
		Runs(t, s, j.Kiosk, j.Build, from, now)
	}
	return len(jobs)
}

func rolledOut(t *testing.T, s *store.Store) {
	r := Started(t, s, 4)
	before, err := s.Pulse(t.Context())
	check(t, err)
	if _, err := s.OrderRollout(t.Context(), r.ID, rollout.Start, "wang", "", T0); !errors.Is(err, rollout.ErrAct) {
		t.Errorf("started twice: %v", err)
	}
	other, err := s.CreateRollout(t.Context(), Spec(), "li", T0)
	check(t, err)
	if _, err := s.OrderRollout(t.Context(), other.ID, rollout.Start, "li", "", T0); !errors.Is(err, rollout.ErrTwoPeople) {
		t.Errorf("started by its author: %v", err)
	}
	advance := func(id string, now time.Time, state rollout.State, wave int) rollout.Rollout {
		t.Helper()
		got, err := s.Advance(t.Context(), id, now)
		check(t, err)
		kept, err := s.Rollout(t.Context(), id)
		check(t, err)
		if d := cmp.Diff(kept, got); d != "" {
			t.Errorf("kept and told differ: %s", d)
		}
		if got.State != state || got.Wave != wave {
			t.Fatalf("%s in wave %d because %+v; want %s, %d", got.State, got.Wave, got.Reason, state, wave)
		}
		return got
	}
	advance(r.ID, T0.Add(time.Second), rollout.Running, 0)
	if after, err := s.Pulse(t.Context()); err != nil || after == before {
		t.Errorf("the pulse stands still: %v", err)
	}
	jobs, err := s.OpenJobs(t.Context(), T0)
	check(t, err)
	if len(jobs) != 2 || jobs[0].ID != rollout.JobID(r.ID, jobs[0].Kiosk, wire.JobUpdate) || jobs[0].Build != 42 || jobs[0].Rollout.Bundle.Version != "1.4.0" {
		t.Errorf("%+v", jobs)
	}
	if late, err := s.OpenJobs(t.Context(), T0.Add(100*time.Hour)); err != nil || len(late) != 0 {
		t.Errorf("%d jobs are open after their deadline, %v", len(late), err)
	}
	rep := wire.JobReport{V: 1, ID: jobs[0].ID, Phase: wire.PhaseOffered}
	if _, _, err := s.SaveJobReport(t.Context(), jobs[1].Kiosk, rep, T0); !errors.Is(err, stored.ErrNotFound) {
		t.Errorf("another's job: %v", err)
	}
	// A second rollout waits for the kiosks of the first.
	if _, err := s.OrderRollout(t.Context(), other.ID, rollout.Start, "wang", "", T0); err != nil {
		t.Fatal(err)
	}
	busy := advance(other.ID, T0.Add(time.Second), rollout.Running, 0)
	for _, x := range busy.Targets {
		if x.Up.ID != "" && (x.Kiosk == jobs[0].Kiosk || x.Kiosk == jobs[1].Kiosk) {
			t.Errorf("%s has two jobs", x.Kiosk)
		}
	}
	if _, err := s.OrderRollout(t.Context(), other.ID, rollout.Stop, "li", "not needed", T0); err != nil {
		t.Fatal(err)
	}
	jobs, err = s.OpenJobs(t.Context(), T0)
	check(t, err)
	for _, j := range jobs {
		if j.Withdrawn != (j.Rollout.ID == other.ID) {
			t.Errorf("%+v", j)
		}
		if j.Rollout.ID == other.ID {
			_, _, err := s.SaveJobReport(t.Context(), j.Kiosk, wire.JobReport{V: 1, ID: j.ID, Phase: wire.PhaseRefused, Code: wire.CodeWithdrawn}, T0)
			check(t, err)
		}
	}
	if n := deliver(t, s, T0.Add(2*time.Second)); n != 2 {
		t.Errorf("%d jobs in the first wave", n)
	}
	advance(r.ID, T0.Add(9*time.Minute), rollout.Running, 0)
	advance(r.ID, T0.Add(20*time.Minute), rollout.Running, 1)
	counts, err := s.RolloutCounts(t.Context())
	check(t, err)
	if d := cmp.Diff(map[string]int64{"good": 2, "sent": 2}, counts[r.ID]); d != "" {
		t.Error(d)
	}
	deliver(t, s, T0.Add(21*time.Minute))
	advance(r.ID, T0.Add(22*time.Minute), rollout.Done, 1)
	if _, err := s.OrderRollout(t.Context(), r.ID, rollout.RollBack, "li", "投诉", T0.Add(time.Hour)); err != nil {
		t.Fatal(err)
	}
	advance(r.ID, T0.Add(time.Hour), rollout.RollingBack, 1)
	if n := deliver(t, s, T0.Add(time.Hour)); n != 4 {
		t.Errorf("%d go back", n)
	}
	end := advance(r.ID, T0.Add(2*time.Hour), rollout.Stopped, 1)
	if end.Reason != (rollout.Reason{Code: rollout.WhyBack, Have: 4, Limit: 4, Note: "投诉"}) {
		t.Errorf("%+v", end.Reason)
	}
	list, err := s.Rollouts(t.Context(), 10)
	check(t, err)
	active, err := s.ActiveRollouts(t.Context())
	check(t, err)
	if len(list) != 2 || list[0].ID != other.ID || len(active) != 0 {
		t.Errorf("%d rollouts, %d active", len(list), len(active))
	}
	checkAudit(t, s)
}

func checkAudit(t *testing.T, s *store.Store) {
	t.Helper()
	log, err := s.AuditLog(t.Context(), 100)
	check(t, err)
	var got []string
	for _, a := range log {
		got = append(got, a.User+" "+a.Action)
	}
	want := []string{
		"officed rollout is stopped", "li roll-back rollout", "officed rollout is done", "li stop rollout", "wang start rollout",
		"li create rollout", "wang start rollout", "li create rollout", "li upload bundle",
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
}

// rolloutRace has many offices advance one rollout, and kiosks report meanwhile.
func rolloutRace(t *testing.T, s *store.Store) {
	r := Started(t, s, 8)
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for i := range 5 {
				now := T0.Add(time.Duration(i) * time.Minute)
				if _, err := s.Advance(t.Context(), r.ID, now); err != nil {
					t.Error(err)
					return
				}
				jobs, err := s.OpenJobs(t.Context(), now)
				if err != nil {
					t.Error(err)
				}
				for _, j := range jobs {
					rep := wire.JobReport{V: 1, ID: j.ID, Phase: wire.PhaseGood, From: 41, To: 42}
					if _, _, err := s.SaveJobReport(t.Context(), j.Kiosk, rep, now); err != nil {
						t.Error(err)
					}
				}
			}
		})
	}
	wg.Wait()
	got, err := s.Rollout(t.Context(), r.ID)
	check(t, err)
	good := 0
	for _, x := range got.Targets {
		if x.Up.Phase == wire.PhaseGood {
			good++
		} else if x.Up.ID != "" {
			t.Errorf("a report of %s was lost: %+v", x.Kiosk, x.Up)
		}
	}
	if good != 4 || got.Wave != 0 {
		t.Errorf("%d good in wave %d", good, got.Wave)
	}
}
