package rollout

import (
	"slices"
	"time"

	"wattkiosk/uplink/wire"
)

// Decide is what a rollout comes to at now: with the state that follows, and with
// the jobs that are to be sent, which are in the targets of what it returns. It
// takes one step at a time: changed says that it should be asked again. fleet is
// every kiosk by id; r is not changed.
func Decide(now time.Time, r Rollout, fleet map[string]Kiosk) (next Rollout, changed bool) {
	if !r.State.Active() {
		return r, false
	}
	m := machine{Rollout: r, now: now.UnixMilli(), fleet: fleet}
	m.Targets = slices.Clone(r.Targets)
	if r.State == RollingBack {
		m.goBack()
	} else {
		m.goOn()
	}
	if m.changed {
		m.UpdatedAt = m.now
	}
	return m.Rollout, m.changed
}

type machine struct {
	Rollout
	now     int64
	fleet   map[string]Kiosk
	changed bool
}

// goOn is running, and paused as far as that goes.
func (m *machine) goOn() {
	so := m.Count(m.now, 0, m.Wave)
	if why := m.broken(so); why.Code != "" {
		m.halt(why)
		return
	}
	if m.State == Paused {
		return
	}
	if !so.Over() {
		m.set(&m.WaveDoneAt, 0)
		m.hold(Reason{})
		m.send(m.places(so))
		return
	}
	if m.WaveDoneAt == 0 {
		m.set(&m.WaveDoneAt, m.now)
	}
	if why := m.waits(so); why.Code != "" {
		m.hold(why)
		return
	}
	m.advance()
}

// broken is why a rollout must stop.
func (m *machine) broken(so Tally) Reason {
	g := m.Spec.Gate
	switch {
	case so.Failed > g.MaxFailures:
		return Reason{Code: WhyFailures, Have: int64(so.Failed), Limit: int64(g.MaxFailures)}
	case so.Silent > g.MaxSilent:
		return Reason{Code: WhySilent, Have: int64(so.Silent), Limit: int64(g.MaxSilent)}
	case so.Over() && so.Success() < g.MinSuccess:
		return Reason{Code: WhySuccess, Have: int64(so.Success()), Limit: int64(g.MinSuccess)}
	}
	return Reason{}
}

// waits is why the next wave, or the end, is not yet.
func (m *machine) waits(so Tally) Reason {
	until := max(m.WaveDoneAt, m.lastEnd()) + m.Spec.Waves[m.Wave].Soak().Milliseconds()
	if m.Count(m.now, m.Wave, m.Wave).Targets > 0 && m.now < until {
		return Reason{Code: WhySoaking, Have: until}
	}
	if n := so.Silent + m.unseen(); n > m.Spec.Gate.MaxSilent {
		return Reason{Code: WhyUnseen, Have: int64(n), Limit: int64(m.Spec.Gate.MaxSilent)}
	}
	return Reason{}
}

// lastEnd is when the last kiosk of the open wave reported its end: a silent one
// may do so after the wave was over, and is to be watched as long as the others.
func (m *machine) lastEnd() int64 {
	var end int64
	for _, t := range m.Targets {
		if t.Wave == m.Wave && t.Up.Phase.Final() {
			end = max(end, t.Up.ReportedAt)
		}
	}
	return end
}

// unseen counts good kiosks that were not heard of lately.
func (m *machine) unseen() int {
	n := 0
	for _, t := range m.Targets {
		if t.Up.Phase == wire.PhaseGood && m.fleet[t.Kiosk].SeenAt < m.now-m.Spec.Gate.Silence() {
			n++
		}
	}
	return n
}

func (m *machine) advance() {
	m.changed = true
	m.Reason = Reason{}
	if m.Wave+1 < len(m.Spec.Waves) {
		m.Wave++
		m.WaveAt, m.WaveDoneAt = m.now, 0
		return
	}
	m.State, m.EndedAt, m.Reason = Done, m.now, Reason{Code: WhyComplete}
}

func (m *machine) halt(why Reason) {
	to := Stopped
	if m.Spec.AutoRollback && m.Bundle.Kind == wire.JobUpdate {
		to = RollingBack
	}
	m.Rollout = stop(m.Rollout, to, m.now)
	m.Reason, m.changed = why, true
}

// places is how many jobs may be sent now.
func (m *machine) places(so Tally) int {
	if m.Spec.MaxInFlight == 0 {
		return so.Waiting
	}
	return max(m.Spec.MaxInFlight-so.Open, 0)
}

// send makes at most n jobs for waiting targets of open waves.
func (m *machine) send(n int) {
	for i := range m.Targets {
		t := &m.Targets[i]
		if t.Wave > m.Wave || t.Standing(m.now, m.Spec.Gate) != Waiting {
			continue
		}
		k, known := m.fleet[t.Kiosk]
		if why := m.skips(k, known); why.Code != "" {
			t.Skip, m.changed = why, true
			continue
		}
		if k.Busy == "" && n > 0 {
			t.Up, m.changed = m.job(t.Kiosk, m.Bundle.Kind, m.Bundle.Build), true
			n--
		}
	}
}

func (m *machine) skips(k Kiosk, known bool) Reason {
	b := m.Bundle
	switch {
	case !known:
		return Reason{Code: SkipGone}
	case b.Board != "*" && k.Board != "" && k.Board != b.Board:
		return Reason{Code: SkipBoard, Note: k.Board}
	case b.Kind != wire.JobUpdate:
	case k.Build == b.Build:
		return Reason{Code: SkipAlready}
	case k.Build > b.Build:
		return Reason{Code: SkipNewer, Have: int64(k.Build)}
	}
	return Reason{}
}

// job makes the only job of its kind for a kiosk; its id says so.
func (m *machine) job(kiosk string, kind wire.JobKind, build uint64) Job {
	return Job{
		ID: JobID(m.ID, kiosk, kind), Kind: kind, Build: build, SentAt: m.now,
		Deadline: m.now + int64(m.Spec.JobHours)*60*minute,
	}
}

// JobID is the id of the only job of a kind that a kiosk gets in a rollout.
func JobID(rollout, kiosk string, kind wire.JobKind) string {
	if kind == wire.JobRollback {
		return rollout + "-" + kiosk + "-back"
	}
	return rollout + "-" + kiosk + "-up"
}

func (m *machine) set(p *int64, v int64) {
	if *p != v {
		*p, m.changed = v, true
	}
}

// hold notes what a running rollout waits for. What a person said stays until
// there is something else to say.
func (m *machine) hold(why Reason) {
	if m.Reason == why || why.Code == "" && m.Reason.Code == WhyPerson {
		return
	}
	m.Reason, m.changed = why, true
}
