package voice

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"wattkiosk/firmware/page"
	"wattkiosk/hal"
	"wattkiosk/hal/audio"
)

// stage is a screen that a test sets.
type stage struct {
	mu      sync.Mutex
	view    page.View
	changed chan struct{}
}

func newStage() *stage { return &stage{view: view("idle"), changed: make(chan struct{}, 1)} }

func (s *stage) View(context.Context) (page.View, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.view, nil
}

func (s *stage) Subscribe() (<-chan struct{}, func()) { return s.changed, func() {} }

func (s *stage) show(v page.View) {
	s.mu.Lock()
	s.view = v
	s.mu.Unlock()
	select {
	case s.changed <- struct{}{}:
	default:
	}
}

// mouth notes what it plays; has lists the recordings, nil for all.
type mouth struct {
	has    []string
	played []string
	slow   time.Duration
	fail   error
	failed func(error)
	closed bool
}

func (m *mouth) Play(lang, name string) error {
	time.Sleep(m.slow)
	if f := lang + "/" + name; m.has == nil || slices.Contains(m.has, f) {
		if m.fail == nil {
			m.played = append(m.played, f)
		}
		return m.fail
	}
	return fmt.Errorf("%w: %s/%s", audio.ErrNoPrompt, lang, name)
}

func (m *mouth) Silence() { m.played = append(m.played, "hush") }
func (m *mouth) Close()   { m.closed = true }

// speak starts a speaker of m that is loud at 70 % by day, and quiet from 22 to 7.
func speak(t *testing.T, m *mouth, quiet int, mix func(int) error) (*Speaker, *stage) {
	t.Helper()
	s := New(Config{
		Driver: "alsa", Device: "hw:0", Player: func(failed func(error)) Player { m.failed = failed; return m },
		Mix:   func(_ context.Context, percent int) error { return mix(percent) },
		Hours: Hours{Loud: 70, Quiet: quiet, From: 22 * time.Hour, To: 7 * time.Hour, Zone: time.UTC},
		Now:   time.Now, Log: slog.New(slog.DiscardHandler),
	})
	ctx, stop := context.WithCancel(t.Context())
	st, ended := newStage(), make(chan struct{})
	go func() { defer close(ended); s.Run(ctx, st) }()
	t.Cleanup(func() { stop(); <-ended })
	synctest.Wait()
	return s, st
}

func ignore(int) error { return nil }

// daytime moves the bubble's clock, which begins at midnight UTC, to noon.
func daytime() { time.Sleep(12 * time.Hour) }

func TestAVisitIsSpoken(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		daytime()
		m := &mouth{}
		var mixed []int
		s, st := speak(t, m, 0, func(p int) error { mixed = append(mixed, p); return nil })
		for _, v := range []page.View{
			view("choose-service"), view("enter-account"), view("insert-cash"), view("insert-cash", "refused", "rejected"),
			view("processing"), view("done", "result", "paid", "slip", "printing"), view("done", "result", "paid", "slip", "printed"), view("idle"),
		} {
			st.show(v)
			synctest.Wait()
		}
		s.Say(TakeCard)
		synctest.Wait()
		want := []string{"hush", "zh/insert-notes", "zh/note-returned", "zh/one-moment", "zh/take-slip", "zh/take-card"}
		if !slices.Equal(m.played, want) {
			t.Errorf("said %v, want %v", m.played, want)
		}
		if !slices.Equal(mixed, []int{70}) {
			t.Errorf("volume set to %v, want 70 once", mixed)
		}
		if h, ok := s.Health(); !ok || h.State != hal.DeviceOnline || h.Role != "speaker" || h.Port != "hw:0" || h.Detail != "5 said, 0 without a recording, 0 failed, 0 kept back" {
			t.Errorf("health %+v", h)
		}
	})
}

func TestLanguages(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		daytime()
		m := &mouth{has: []string{"en/insert-notes", "zh/insert-notes", "zh/one-moment"}}
		s, st := speak(t, m, 0, ignore)
		for _, screen := range []page.Screen{"insert-cash", "processing", "failed"} {
			v := view(screen)
			v.Lang = "en"
			st.show(v)
			synctest.Wait()
		}
		if want := []string{"en/insert-notes", "zh/one-moment"}; !slices.Equal(m.played, want) {
			t.Errorf("said %v, want %v", m.played, want)
		}
		if c := s.Counts(); c != (Counts{Said: 2, Missing: 1}) {
			t.Errorf("%+v", c)
		}
	})
}

func TestQuietHours(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mouth{}
		s, st := speak(t, m, 0, ignore) // midnight
		st.show(view("insert-cash"))
		synctest.Wait()
		if c := s.Counts(); len(m.played) != 0 || c != (Counts{Quiet: 1}) {
			t.Errorf("at midnight: said %v, %+v", m.played, c)
		}
		time.Sleep(7 * time.Hour)
		st.show(view("processing"))
		synctest.Wait()
		if !slices.Equal(m.played, []string{"zh/one-moment"}) {
			t.Errorf("at seven: said %v", m.played)
		}
	})
}

// TestSofterAtNight: with a volume for the night the mixer is set for each part of
// the day; at night a mixer that fails means silence, by day it does not.
func TestSofterAtNight(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &mouth{}
		var mixed []int
		var broken error
		s, st := speak(t, m, 20, func(p int) error { mixed = append(mixed, p); return broken })
		for _, at := range []time.Duration{0, 7 * time.Hour, 15 * time.Hour} { // 0, 7 and 22 o'clock
			time.Sleep(at)
			st.show(view("insert-cash"))
			synctest.Wait()
			st.show(view("idle"))
			synctest.Wait()
		}
		if !slices.Equal(mixed, []int{20, 70, 20}) || len(m.played) != 3 {
			t.Errorf("volume set to %v, said %v", mixed, m.played)
		}
		broken = errors.New("no such control")
		time.Sleep(9 * time.Hour) // seven
		st.show(view("insert-cash"))
		synctest.Wait()
		if h, _ := s.Health(); len(m.played) != 4 || h.Error != "no such control" {
			t.Errorf("by day: said %v, health %+v", m.played, h)
		}
	})
}

// TestAPlayerThatHangsHoldsUpNobody: the screens go on, and the program ends.
func TestAPlayerThatHangsHoldsUpNobody(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		daytime()
		m := &mouth{slow: time.Hour}
		s := New(Config{
			Player: func(func(error)) Player { return m }, Mix: func(context.Context, int) error { return nil },
			Hours: Hours{Loud: 70, Zone: time.UTC}, Now: time.Now, Log: slog.New(slog.DiscardHandler),
		})
		ctx, stop := context.WithCancel(t.Context())
		st, ended := newStage(), make(chan time.Time, 1)
		go func() { s.Run(ctx, st); ended <- time.Now() }()
		synctest.Wait()
		st.show(view("insert-cash"))
		synctest.Wait()
		begin := time.Now()
		for range 100 {
			st.show(view("processing"))
			s.Say(TakeCard)
		}
		stop()
		if d := (<-ended).Sub(begin); d != stopWithin {
			t.Errorf("the stop took %v, want %v", d, stopWithin)
		}
		time.Sleep(2 * time.Hour) // the player ends at last
	})
}

func TestAFailureIsSeen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		daytime()
		m := &mouth{}
		s, st := speak(t, m, 0, ignore)
		st.show(view("insert-cash"))
		synctest.Wait()
		m.failed(errors.New("exit status 1"))
		if h, _ := s.Health(); h.State != hal.DeviceFault || h.Error != "exit status 1" || s.Counts().Failed != 1 {
			t.Errorf("health %+v", h)
		}
		st.show(view("processing"))
		synctest.Wait()
		if h, _ := s.Health(); h.State != hal.DeviceOnline {
			t.Errorf("after a good prompt: health %+v", h)
		}
	})
}

func TestVolumeOfTheHour(t *testing.T) {
	at := func(clock string) time.Time {
		tm, err := time.Parse("15:04:05", clock)
		if err != nil {
			t.Fatal(err)
		}
		return tm
	}
	const h = time.Hour
	zone := time.FixedZone("UTC+8", 8*3600)
	for _, c := range []struct {
		hours Hours
		clock string
		want  int
	}{
		{Hours{70, 10, 22 * h, 7 * h, time.UTC}, "21:59:59", 70},
		{Hours{70, 10, 22 * h, 7 * h, time.UTC}, "22:00:00", 10},
		{Hours{70, 10, 22 * h, 7 * h, time.UTC}, "06:59:59", 10},
		{Hours{70, 10, 22 * h, 7 * h, time.UTC}, "07:00:00", 70},
		{Hours{70, 10, 12 * h, 14 * h, time.UTC}, "13:00:00", 10},
		{Hours{70, 10, 12 * h, 14 * h, time.UTC}, "14:00:00", 70},
		{Hours{70, 10, 9 * h, 9 * h, time.UTC}, "09:00:00", 70},
		{Hours{70, 10, 22 * h, 7 * h, zone}, "14:30:00", 10},
	} {
		if got, _ := c.hours.Volume(at(c.clock)); got != c.want {
			t.Errorf("%+v at %s: %d, want %d", c.hours, c.clock, got, c.want)
		}
	}
}

func TestMixer(t *testing.T) {
	dir := t.TempDir()
	program, out := filepath.Join(dir, "amixer"), filepath.Join(dir, "out")
	if err := os.WriteFile(program, []byte("#!/bin/sh\necho \"$@\" > "+out+"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	m := Mixer{Command: program, Device: "hw:0", Control: "Master"}
	if err := m.Set(t.Context(), 35); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(out)
	if err != nil || strings.TrimSpace(string(b)) != "-q -D hw:0 sset Master 35%" {
		t.Errorf("%q, %v", b, err)
	}
	if err := os.WriteFile(program, []byte("#!/bin/sh\nexit 1\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := m.Set(t.Context(), 35); err == nil || !strings.Contains(err.Error(), "Master") {
		t.Errorf("error %v", err)
	}
}

func TestNoSpeaker(t *testing.T) {
	s := New(Config{Now: time.Now})
	s.Say(TakeCard)
	s.Run(t.Context(), newStage()) // returns
	if _, ok := s.Health(); ok {
		t.Error("there is a loudspeaker")
	}
}
