package mains_test

import (
	"testing"
	"time"

	"wattkiosk/hal/mains"
)

var t0 = time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC)

func TestStory(t *testing.T) {
	m := mains.New(2*time.Second, 60*time.Second, 5*time.Second, t0)
	for _, c := range []struct {
		at      int // seconds
		present bool
		state   mains.State
		changed bool
		wake    int // seconds, -1 = none
	}{
		{0, true, mains.On, false, -1},
		{1, false, mains.On, false, 3},
		{2, true, mains.On, false, -1}, // a flicker
		{10, false, mains.On, false, 12},
		{12, false, mains.Lost, true, 70},
		{30, true, mains.Lost, false, 35},
		{33, false, mains.Lost, false, 93}, // it did not hold
		{40, true, mains.Lost, false, 45},
		{45, true, mains.On, true, -1},
		{50, false, mains.On, false, 52},
		{120, false, mains.Stop, true, -1}, // nobody looked for long
		{121, true, mains.Stop, false, -1},
		{999, true, mains.Stop, false, -1},
	} {
		now := t0.Add(time.Duration(c.at) * time.Second)
		s, changed := m.Sense(now, c.present)
		if s != c.state || changed != c.changed {
			t.Errorf("at %d s: %v, %v; want %v, %v", c.at, s, changed, c.state, c.changed)
		}
		want := time.Time{}
		if c.wake >= 0 {
			want = t0.Add(time.Duration(c.wake) * time.Second)
		}
		if w := m.Wake(); !w.Equal(want) {
			t.Errorf("at %d s: wakes at %v, want %v", c.at, w, want)
		}
	}
}
