package rollout

import "wattkiosk/uplink/wire"

// goBack sends back who has the new build, and ends when nobody is left.
func (m *machine) goBack() {
	places := m.backPlaces()
	left := false
	for i := range m.Targets {
		t := &m.Targets[i]
		switch t.Standing(m.now, m.Spec.Gate) {
		case InFlight:
			left = true
			continue
		case Good:
		default:
			continue
		}
		switch t.BackStanding(m.now, m.Spec.Gate) {
		case InFlight:
			left = true
		case Waiting:
			left = m.sendBack(t, &places) || left
		}
	}
	if !left {
		m.ended()
	}
}

// sendBack makes the job of a target, or says why not; it reports whether the
// target still has a way to go.
func (m *machine) sendBack(t *Target, places *int) bool {
	k, known := m.fleet[t.Kiosk]
	if why := m.stays(*t, k, known); why.Code != "" {
		t.Stay, m.changed = why, true
		return false
	}
	if k.Busy == "" && *places > 0 {
		t.Back, m.changed = m.job(t.Kiosk, wire.JobRollback, t.Up.From), true
		*places--
	}
	return true
}

// stays is why a target cannot go back. What the kiosk said last of its slots
// counts; if it said nothing of them, its report that it had come from another
// build does.
func (m *machine) stays(t Target, k Kiosk, known bool) Reason {
	from := t.Up.From
	switch {
	case m.Bundle.Kind != wire.JobUpdate:
		return Reason{Code: StayContent}
	case !known:
		return Reason{Code: StayNotFound}
	case from == 0 || from == m.Bundle.Build:
		return Reason{Code: StayUnknown}
	case k.Build != 0 && k.Build != m.Bundle.Build:
		return Reason{Code: StayMoved, Have: int64(k.Build)}
	case k.Build != 0 && k.Other != from:
		return Reason{Code: StayOther, Have: int64(k.Other), Limit: int64(from)}
	}
	return Reason{}
}

func (m *machine) backPlaces() int {
	if m.Spec.MaxInFlight == 0 {
		return len(m.Targets)
	}
	open := 0
	for _, t := range m.Targets {
		if t.Back.Open(m.now, m.Spec.Gate.Silence()) {
			open++
		}
	}
	return max(m.Spec.MaxInFlight-open, 0)
}

// ended stops the rollout. Where nobody had to go back the reason stays what it was.
func (m *machine) ended() {
	back, had := 0, 0
	for _, t := range m.Targets {
		if t.Up.Phase == wire.PhaseGood {
			had++
			if t.Back.Phase == wire.PhaseGood {
				back++
			}
		}
	}
	m.State, m.EndedAt, m.changed = Stopped, m.now, true
	if had == 0 {
		return
	}
	m.Reason = Reason{Code: WhyBack, Have: int64(back), Limit: int64(had), Note: m.Reason.because()}
}

// because keeps why a rollback was begun, in English, beside how it ended.
func (r Reason) because() string {
	if r.Code == WhyPerson {
		return r.Note
	}
	return string(r.Code)
}
